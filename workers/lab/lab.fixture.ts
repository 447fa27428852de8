/** A lab for tests, with a model small enough to compute every output by hand, and a public test set to score it. */
import { hashBytes } from '#protocol/codec';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { parameterTensors } from '#protocol/model/state';
import { writeSafetensors } from '#protocol/model/safetensors';
import { loadNumerics } from '#wasm/load-node';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import type { Result } from '../api.ts';
import { loadRows } from '../loader/source.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import type { LabWorker, NumberPrediction, NumberScores } from './api.ts';
import { openLabEndpoint, type LabPlace } from './endpoint.ts';

export const FEDERATION = hashBytes(new Uint8Array([1]));
/** Two inputs, three classes, no hidden layer. */
export const MANIFEST: ManifestBody = { ...manifestFixture(), model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'test' } };
export const WEIGHTS = [1, -1, 0, 0, 0, 2];
export const BIASES = [0.5, 0, -0.5];
/** Metadata of a model that no noise has moved, so that its probabilities are the softmax of its outputs. */
export const UNMOVED = { models: '0' };

export function modelFile(
  manifest = MANIFEST,
  values = [...WEIGHTS, ...BIASES],
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const tensors = parameterTensors(networkOf(manifest), Float32Array.from(values));
  return writeSafetensors(tensors, { federation: FEDERATION, round: '12', models: '11', state: 'stateOfTwelve', ...metadata });
}

export function openLab(place: Partial<LabPlace> = {}): LabWorker {
  return openLabEndpoint({
    numerics: loadNumerics(),
    random: seededBytes('lab'),
    now: () => 0,
    keptRows: async () => null,
    readPicture: async () => new Uint8Array(0),
    ...place,
  });
}

/** For a lab whose task has classes. */
export const value = <T>(answer: Result<T>) => anyValue(answer) as Exclude<T, NumberPrediction | NumberScores>;

export function anyValue<T>(answer: Result<T>): T {
  if (!answer.ok) throw new Error(`${answer.error.code} ${JSON.stringify(answer.error.detail)}`);
  return answer.value;
}

export const softmax = (logits: readonly number[]): number[] => {
  const e = logits.map(Math.exp);
  const sum = e.reduce((a, b) => a + b);
  return e.map((v) => v / sum);
};

/** Corners of a square, which a linear model learns without a mistake. */
const CORNERS = '-0.7,-0.7,left\n0.7,-0.7,right\n0,0.7,top\n'.repeat(40);

/** @returns a manifest that names it, and its bytes */
export async function testSetOf(
  manifest: ManifestBody,
  lines = CORNERS,
): Promise<{ manifest: ManifestBody; bytes: Uint8Array<ArrayBuffer> }> {
  const { rows } = await loadRows({ table: `x,y,corner\n${lines}`, synthetic: true }, manifest, 0);
  const count = rows.y.length;
  const bytes = writeSafetensors([
    { name: 'x', shape: [count, 2], values: rows.x },
    { name: 'y', shape: [count], values: rows.y },
  ]);
  return { manifest: { ...manifest, testSet: { hash: hashBytes(bytes), bytes: bytes.length, rows: count, synthetic: true } }, bytes };
}
