/**
 * Trains many small models for membership inference, each on a random half of the same rows, with and without privacy, with the product's
 * engine.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { networkOf } from '#protocol/manifest/manifest';
import { firstState } from '#protocol/robust/optimizer';
import { DIGITS_PRESET } from '#protocol/presets';
import { sigmaByRenyi } from '#protocol/privacy/calibration';
import type { Shadows } from '#protocol/privacy/membership';
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import { applyMean } from '#protocol/robust/mean';
import type { Model, Numerics } from '#wasm/numerics';
import { pickRows } from '#workers/loader/hold-out';
import { openTrainer } from '#workers/trainer/trainer';
import type { TrainingRows } from '#workers/training-rows';
import { digitsManifest } from './digits-federation.ts';
import { seededBytes } from './seeded-bytes.ts';

export interface Setting {
  /** Null: no privacy, trained until it memorises its rows. */
  readonly epsilon: number | null;
  readonly rows: number;
  readonly models: number;
  readonly seed: string;
}

export interface Trained extends Shadows {
  /** Mean over models, on rows that none of them has seen. */
  readonly accuracy: number;
  readonly manifest: ManifestBody;
}

const HIDDEN = 32;
const DELTA = 1e-5;
/** Passes over a model's rows without privacy, and its step. */
const [EPOCHS, LOT, STEP] = [150, 16, 0.3];

/** One member alone, with each row in about every second round. */
export function membershipManifest(epsilon: number, rows: number): ManifestBody {
  const base = digitsManifest(DIGITS_PRESET, 'membership');
  const [rate, rounds] = [0.5, 30];
  const privacy = { ...base.privacy, epsilon, delta: DELTA, rate, rounds, rowsMax: rows, lot: Math.max(1, Math.round((rate * rows) / 2)) };
  const sigma = Math.max(sigmaByRenyi({ epsilon, delta: DELTA, rate, rounds }), 1.1);
  const rule = { ...base.rule, step: 5.3 };
  return {
    ...base,
    rule,
    model: { kind: 'mlp', hidden: [HIDDEN], activation: 'tanh', seed: 'membership' },
    privacy: { ...privacy, sigma },
  };
}

export function trainShadows(numerics: Numerics, pool: TrainingRows, test: TrainingRows, setting: Setting): Trained {
  const { epsilon, models, seed } = setting;
  const rows = pickRows(pool, chosenRows(pool, setting));
  const manifest = membershipManifest(epsilon ?? 1, setting.rows);
  const judge = numerics.model({ network: networkOf(manifest), loss: 'cross-entropy' }, setting.rows);
  const coins = new RandomWords(seededBytes(`membership/coins/${seed}`));
  const included: boolean[][] = [];
  const losses: Float64Array[] = [];
  let accuracy = 0;
  for (let m = 0; m < models; m++) {
    const mine = Array.from({ length: setting.rows }, () => coins.below(2) === 1);
    const held = pickRows(
      rows,
      mine.flatMap((is, i) => (is ? [i] : [])),
    );
    const name = `${seed}/${epsilon ?? 'none'}/${m}`;
    judge.setParameters(epsilon === null ? withoutPrivacy(judge, manifest, held, name) : withPrivacy(numerics, manifest, held, name));
    included.push(mine);
    losses.push(lossesOf(judge, rows));
    accuracy += judge.evaluate(test).accuracy / models;
  }
  judge.free();
  return { included, losses, accuracy, manifest };
}

/** The same rows for every epsilon. */
function chosenRows({ y }: TrainingRows, { rows, seed }: Setting): number[] {
  return shuffle([...y.keys()], new RandomWords(seededBytes(`membership/rows/${seed}`))).slice(0, rows);
}

function withPrivacy(numerics: Numerics, manifest: ManifestBody, rows: TrainingRows, name: string): Float32Array {
  const trainer = openTrainer(numerics, manifest);
  trainer.hold(rows);
  const random = seededBytes(`membership/${name}`);
  let state = firstState(manifest);
  for (let round = 0; round < manifest.privacy.rounds; round++) {
    const { vector } = trainer.makeUpdate(state.parameters, manifest.privacy, random);
    state = applyMean(state, [new Int32Array(vector.buffer, vector.byteOffset, vector.length / 4)], manifest.rule, manifest.privacy);
  }
  trainer.close();
  return state.parameters;
}

function withoutPrivacy(model: Model, manifest: ManifestBody, rows: TrainingRows, name: string): Float32Array {
  const words = new RandomWords(seededBytes(`membership/${name}`));
  model.setParameters(firstState(manifest).parameters);
  const steps = Math.ceil((EPOCHS * rows.y.length) / LOT);
  for (let step = 0; step < steps; step++) {
    model.sgdStep(
      rows,
      Int32Array.from({ length: LOT }, () => words.below(rows.y.length)),
      STEP,
    );
  }
  return model.parameters();
}

/** Cross-entropy of each row in nats. */
function lossesOf(model: Model, { x, y }: TrainingRows): Float64Array {
  const logits = model.forward(x);
  const classes = logits.length / y.length;
  return Float64Array.from(y, (label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
    return Math.max(0, top + Math.log(sum) - row[label]!);
  });
}
