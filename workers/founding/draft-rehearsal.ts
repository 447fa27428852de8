/**
 * A whole training before anything is signed: rows of the founder's sample dealt to made-up members, the draft's own steps and rounds, and
 * as much noise on the mean update as all expected members will add. It detects training that is unstable, or that never beats the most
 * frequent answer. It runs only on this device: nothing is sent, and no ledger is involved.
 */
import { networkOf, updateLength, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { multiplicationsAnExample } from '#protocol/model/architecture';
import { firstState } from '#protocol/robust/optimizer';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import { RandomWords, shuffle, type RandomFill } from '#protocol/privacy/noise/random-words';
import { applyMean } from '#protocol/robust/mean';
import { classesOf, unitRowsMax } from '#protocol/manifest/task';
import type { Numerics } from '#wasm/numerics';
import { pickRows } from '../loader/hold-out.ts';
import { guessingOf } from '../trainer/scoring.ts';
import { openTrainer, type Trainer } from '../trainer/trainer.ts';
import type { TrainingRows } from '../training-rows.ts';
import type { DraftRehearsal } from './api.ts';

const MADE_UP = 3;
/** Limits on the units of a made-up member, and on the multiplications of all forward passes: a second or two. */
const UNITS_MAX = 200;
const WORK_MAX = 1e9;
/** Fewer rows cannot judge a training. */
const JUDGED_MIN = 25;
const JUDGED_SHARE = 0.25;
/** Consecutive rounds that are averaged. */
const WINDOW = 5;
/** How far the last rounds may fall below the best ones, and how far apart they may lie, both beyond the chance of few rows. */
const FALL_MAX = 0.05;
const APART_MAX = 0.12;

/**
 * @param body of the draft @param members that its founder expects @param rowsEach units that each is expected to bring
 * @param rows of the sample, as the draft's task reads them
 * @returns null if the sample has too few rows to judge, and for answers that are numbers
 */
export function rehearseDraft(
  numerics: Numerics,
  body: ManifestBody,
  { members, rowsEach }: { readonly members: number; readonly rowsEach: number },
  rows: TrainingRows,
  random: RandomFill,
): DraftRehearsal | null {
  const judged = Math.floor(rows.y.length * JUDGED_SHARE);
  if (classesOf(body.task).length === 0 || judged < JUDGED_MIN) return null;
  const words = new RandomWords(random);
  const order = shuffle(Int32Array.from(rows.y.keys()), words);
  const test = pickRows(rows, order.slice(0, judged));
  const unitRows = unitRowsMax(body.task);
  const affordable = WORK_MAX / (multiplicationsAnExample(networkOf(body)) * unitRows * MADE_UP * body.privacy.rounds);
  const units = Math.max(2, Math.min(rowsEach, UNITS_MAX, Math.floor(affordable)));
  const manifest = scaled(body, units * unitRows, members);
  const [length, normMax] = [updateLength(manifest), updateNormMax(manifest)];
  const trainers: Trainer[] = [];
  try {
    for (let i = 0; i < MADE_UP; i++) {
      const drawn = Int32Array.from({ length: units * unitRows }, () => order[judged + words.below(order.length - judged)]!);
      const trainer = openTrainer(numerics, manifest);
      trainers.push(trainer);
      const of = unitRows === 1 ? {} : { units: Int32Array.from(drawn, (_, row) => Math.floor(row / unitRows)) };
      trainer.hold({ ...pickRows(rows, drawn), ...of });
    }
    let state = firstState(manifest);
    const curve: number[] = [];
    for (let round = 0; round < manifest.privacy.rounds; round++) {
      const { parameters, clip = manifest.privacy.clip } = state;
      const vectors = trainers.map((trainer) =>
        checkUpdate(trainer.makeUpdate(parameters, { ...manifest.privacy, clip }, random).vector, length, normMax),
      );
      state = applyMean(state, vectors, manifest.rule, manifest.privacy);
      const found = trainers[0]!.evaluate(state.parameters, test);
      curve.push('accuracy' in found ? found.accuracy : 0);
    }
    return judgedBy(curve, guessingOf(test.y, body.task), judged);
  } finally {
    for (const trainer of trainers) trainer.close();
  }
}

/** Gives the mean of few small members as much noise as many large ones would. */
function scaled(body: ManifestBody, rows: number, members: number): ManifestBody {
  const { privacy } = body;
  const lot = Math.max(1, Math.round(privacy.rate * rows));
  const sigma = privacy.sigma * (lot / privacy.lot) * Math.sqrt(MADE_UP / members);
  return { ...body, privacy: { ...privacy, lot, sigma, rowsMax: Math.max(rows, privacy.rowsMax) } };
}

/** Judges a curve; if nothing is learnt, that is not a swing. @param rows that it was measured on */
export function judgedBy(curve: readonly number[], guessing: number, rows: number): DraftRehearsal {
  const means = curve.map((_, i) => mean(curve.slice(Math.max(0, i + 1 - WINDOW), i + 1))).slice(Math.min(WINDOW, curve.length) - 1);
  const tail = curve.slice(-WINDOW);
  const [last, best] = [means.at(-1)!, Math.max(...means)];
  const chance = Math.sqrt((guessing * (1 - guessing)) / rows);
  const swings = best - last > Math.max(FALL_MAX, chance) || Math.max(...tail) - Math.min(...tail) > Math.max(APART_MAX, 2 * chance);
  const learns = last > guessing + chance;
  return { accuracy: last, guessing, finding: !learns ? 'guesses' : swings ? 'swings' : null };
}

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
