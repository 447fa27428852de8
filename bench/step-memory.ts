/** Fresh memory that the trainer takes for each private step of an MLP 784-128-10 on 4,096 rows, by expected rows of a lot; in Node. */
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { initialState } from '#protocol/model/state';
import { loadTrainingNumerics } from '#wasm/load-node';
import { manifestFixture } from '#workers/manifest.fixture';
import { openTrainer } from '#workers/trainer/trainer';
import { allocatedBytes } from './allocated-bytes.ts';

const INPUTS = 784;
const CLASSES = Array.from({ length: 10 }, (_, i) => String(i));
const ROWS = 4096;

/** @returns bytes */
export async function stepMemory(lot: number): Promise<number> {
  const base = manifestFixture();
  const manifest: ManifestBody = {
    ...base,
    task: {
      kind: 'table',
      columns: Array.from({ length: INPUTS }, (_, i) => ({ kind: 'number' as const, name: `c${i}`, min: -1, max: 1 })),
      label: { name: 'y', classes: CLASSES },
      picture: null,
    },
    model: { kind: 'mlp', hidden: [128], activation: 'relu', seed: base.model.seed },
    privacy: { ...base.privacy, rowsMax: ROWS, rate: lot / ROWS },
  };
  const trainer = openTrainer(await loadTrainingNumerics(), manifest);
  trainer.hold({
    x: Float32Array.from({ length: ROWS * INPUTS }, (_, i) => Math.sin(i)),
    y: Int32Array.from({ length: ROWS }, (_, i) => i % CLASSES.length),
  });
  const { parameters } = initialState(networkOf(manifest), 'memory');
  try {
    return allocatedBytes(() => void trainer.makeUpdate(parameters, manifest.privacy, (into) => crypto.getRandomValues(into)));
  } finally {
    trainer.close();
  }
}
