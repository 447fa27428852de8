/**
 * Chooses and reports the constants of the digits federation (protocol/presets.ts).
 *
 *   node bench/tune-digits.ts            tunes: a coarse grid, each candidate on held-out fifths of the training files, best last
 *   node bench/tune-digits.ts --report   accuracy of DIGITS_PRESET on the test file, mean of five seeds, beside solo training
 *
 * Only the report uses the test file. Needs `npm run data` and `npm run build:wasm`. The last line is JSON.
 */
import { DIGITS_PRESET, presetPrivacy, type Preset } from '#protocol/presets';
import { pickRows } from '#workers/loader/hold-out';
import { loadNumerics } from '#wasm/load-node';
import { lackOf } from '../scripts/data-place.ts';
import { digitsManifest, readDigits, splitMembers, trainAlone, trainTogether, type DigitsData, type Split } from './digits-federation.ts';
import type { Numerics } from '#wasm/numerics';

const FOLDS = 5;
const SEEDS = ['1', '2', '3', '4', '5'];
const SPLITS: readonly Split[] = ['random', 'by-digit'];
/** Rows of a member who brings few, for whom a preset must still be useful. */
const FEW_ROWS = 400;

const say = (line: string) => process.stdout.write(`${line}\n`);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const rounded = (v: number) => Number(v.toFixed(4));

/** `reach` is a step's total distance, step * clip / (1 - momentum), which matters more than its factors. */
function candidates(): Preset[] {
  const list: Preset[] = [];
  const models = [
    { hidden: [], clip: 0.25 },
    { hidden: [32], clip: 0.5 },
    { hidden: [64], clip: 0.5 },
    { hidden: [128], clip: 0.5 },
  ];
  const schedules = [
    { rate: 0.4, rounds: 20, reaches: [5, 7] },
    { rate: 0.4, rounds: 30, reaches: [3, 5.5] },
    { rate: 0.4, rounds: 40, reaches: [2, 4] },
    { rate: 0.5, rounds: 60, reaches: [1.3, 2.6] },
    { rate: 0.25, rounds: 100, reaches: [0.8, 1.5] },
  ];
  for (const { hidden, clip } of models) {
    for (const { rate, rounds, reaches } of schedules) {
      for (const reach of reaches) {
        const momentum = 0.7;
        list.push({
          ...DIGITS_PRESET,
          hidden,
          clip,
          rate,
          rounds,
          momentum,
          lot: Math.round(rate * 1000),
          step: (reach * (1 - momentum)) / clip,
        });
      }
    }
  }
  return list;
}

/** Mean accuracy over the held-out fifths: a random split, a split by digit, and a random split of few rows. */
function heldOut(numerics: Numerics, preset: Preset, { train }: DigitsData): { random: number; byDigit: number; few: number } {
  const n = train.y.length;
  const results = Array.from({ length: FOLDS }, (_, fold) => {
    const rows = Array.from(train.y.keys());
    const isHeld = (row: number) => Math.floor((row * FOLDS) / n) === fold;
    const aside = pickRows(train, rows.filter(isHeld));
    const rest = pickRows(
      train,
      rows.filter((row) => !isHeld(row)),
    );
    const manifest = digitsManifest(preset, `tune/${fold}`);
    const run = (split: Split, rowsMax?: number) =>
      trainTogether(numerics, manifest, splitMembers(rest, split, String(fold), rowsMax), aside, `tune/${fold}`);
    return [run('random'), run('by-digit'), run('random', FEW_ROWS)] as const;
  });
  return { random: mean(results.map((r) => r[0])), byDigit: mean(results.map((r) => r[1])), few: mean(results.map((r) => r[2])) };
}

function tune(numerics: Numerics, data: DigitsData): object {
  const list = candidates().map((preset) => {
    const { hidden, rate, rounds, clip, momentum, step } = preset;
    const { random, byDigit, few } = heldOut(numerics, preset, data);
    const result = {
      hidden,
      rate,
      rounds,
      clip,
      momentum,
      step: rounded(step),
      random: rounded(random),
      byDigit: rounded(byDigit),
      few: rounded(few),
    };
    say(JSON.stringify(result));
    return result;
  });
  list.sort((a, b) => a.random + a.byDigit - b.random - b.byDigit);
  say('best last:');
  for (const result of list.slice(-10)) say(JSON.stringify(result));
  return { best: list.at(-1) };
}

function report(numerics: Numerics, { train, test }: DigitsData): object {
  const { sigma, epsilon, delta } = presetPrivacy(DIGITS_PRESET);
  say(`epsilon ${epsilon}, delta ${delta}, sigma ${sigma}, ${DIGITS_PRESET.rounds} rounds at rate ${DIGITS_PRESET.rate}`);
  const result: Record<string, object> = {};
  for (const split of SPLITS) {
    const runs = SEEDS.map((seed) => {
      const members = splitMembers(train, split, seed);
      const manifest = digitsManifest(DIGITS_PRESET, seed);
      return {
        together: trainTogether(numerics, manifest, members, test, seed),
        alone: trainAlone(numerics, manifest, members, test, seed),
      };
    });
    const together = runs.map((run) => rounded(run.together));
    result[split] = {
      together: rounded(mean(together)),
      seeds: together,
      aloneWithoutPrivacy: rounded(mean(runs.map((run) => run.alone))),
    };
    say(`${split}: ${JSON.stringify(result[split])}`);
  }
  return { sigma, ...result };
}

const data = await readDigits();
if (data === null) throw new Error(lackOf('optdigits'));
const numerics = await loadNumerics();
say(JSON.stringify(process.argv.includes('--report') ? report(numerics, data) : tune(numerics, data)));
