/**
 * The digits federation in one process, without a network: real loader, trainer, noise and rule, on UCI Optical Recognition of
 * Handwritten Digits (CC BY 4.0), if it is on this machine. Used by tune-digits.ts and the accuracy test.
 */
import { readFile } from 'node:fs/promises';
import { updateLength, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { firstState } from '#protocol/robust/optimizer';
import { presetModel, presetPrivacy, presetRule, type Preset } from '#protocol/presets';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import { applyMean } from '#protocol/robust/mean';
import { pickRows } from '#workers/loader/hold-out';
import { manifestFixture } from '#workers/manifest.fixture';
import { loadTable } from '#workers/loader/table/table';
import { trainSolo } from '#workers/solo/solo';
import { openTrainer } from '#workers/trainer/trainer';
import type { TrainingRows } from '#workers/training-rows';
import type { Numerics } from '#wasm/numerics';
import { DIGITS_TASK } from '../relay/samples/rows.ts';
import { dataFile } from '../scripts/data-place.ts';
import { seededBytes } from './seeded-bytes.ts';
import { figureOf } from '#workers/trainer/goodness';

const ROWS_MAX = 10_000;

export type Split = 'random' | 'by-digit';
const BY_DIGIT = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8, 9],
];

export interface DigitsData {
  /** The training files of 30 writers, in the order of the files. */
  readonly train: TrainingRows;
  /** Other writers. Only for reports: it must not influence choices. */
  readonly test: TrainingRows;
}

/** null if the data is absent */
export async function readDigits(): Promise<DigitsData | null> {
  const read = (name: string) => readFile(dataFile('optdigits', `optdigits.${name}`), 'utf8').catch(() => null);
  const [tra, hol, tes] = [await read('tra'), await read('hol'), await read('tes')];
  if (tra === null || hol === null || tes === null) return null;
  const { rows: train } = await loadTable(`${tra}\n${hol}`, DIGITS_TASK, ROWS_MAX);
  return { train, test: (await loadTable(tes, DIGITS_TASK, ROWS_MAX)).rows };
}

export function digitsManifest(preset: Preset, seed: string): ManifestBody {
  const chosen = { model: presetModel(preset, seed), privacy: presetPrivacy(preset), rule: presetRule(preset) };
  return { ...manifestFixture(), task: DIGITS_TASK, ...chosen };
}

/** Three members: each with a random third, or with its own digits. @param rowsMax maximum rows of a member */
export function splitMembers(rows: TrainingRows, split: Split, seed: string, rowsMax: number = ROWS_MAX): TrainingRows[] {
  const order = shuffle([...rows.y.keys()], new RandomWords(seededBytes(`split/${seed}`)));
  const mine = (member: number) =>
    split === 'random' ? order.filter((_, i) => i % 3 === member) : order.filter((row) => BY_DIGIT[member]!.includes(rows.y[row]!));
  return [0, 1, 2].map((member) => pickRows(rows, mine(member).slice(0, rowsMax)));
}

/** All rounds of one federation. @returns d parameters of the last model */
export function lastModel(numerics: Numerics, manifest: ManifestBody, members: readonly TrainingRows[], seed: string): Float32Array {
  const [length, normMax] = [updateLength(manifest), updateNormMax(manifest)];
  const open = members.map((rows, i) => {
    const trainer = openTrainer(numerics, manifest);
    trainer.hold(rows);
    return { trainer, random: seededBytes(`member/${i}/${seed}`) };
  });
  let state = firstState(manifest);
  for (let round = 0; round < manifest.privacy.rounds; round++) {
    const vectors = open.map(({ trainer, random }) =>
      checkUpdate(
        trainer.makeUpdate(state.parameters, { ...manifest.privacy, clip: state.clip ?? manifest.privacy.clip }, random).vector,
        length,
        normMax,
      ),
    );
    state = applyMean(state, vectors, manifest.rule, manifest.privacy);
  }
  for (const { trainer } of open) trainer.close();
  return state.parameters;
}

/** @returns accuracy of the last model on `test` */
export function trainTogether(
  numerics: Numerics,
  manifest: ManifestBody,
  members: readonly TrainingRows[],
  test: TrainingRows,
  seed: string,
): number {
  const trainer = openTrainer(numerics, manifest);
  const accuracy = figureOf(trainer.evaluate(lastModel(numerics, manifest, members, seed), test));
  trainer.close();
  return accuracy;
}

/** The best accuracy that a member reaches alone without privacy, averaged over members. */
export function trainAlone(
  numerics: Numerics,
  manifest: ManifestBody,
  members: readonly TrainingRows[],
  test: TrainingRows,
  seed: string,
): number {
  const accuracies = members.map((rows, i) => {
    const solo = trainSolo(numerics, manifest, rows, seededBytes(`solo/${i}/${seed}`));
    const accuracy = figureOf(solo.goodness(test));
    solo.close();
    return accuracy;
  });
  return accuracies.reduce((a, b) => a + b) / accuracies.length;
}
