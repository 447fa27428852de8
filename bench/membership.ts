/**
 * `npm run prove -- privacy:membership`: which rows can be recognised as a model's training rows, with and without privacy, on UCI Optical
 * Recognition of Handwritten Digits. With privacy, attacks must stay below the bound of their epsilon; without it, they must exceed it.
 * `--write` writes the page and the picture of the documentation.
 */
import { writeFile } from 'node:fs/promises';
import { updateLength } from '#protocol/manifest/manifest';
import { guaranteeOf } from '#protocol/privacy/accountants';
import {
  accuracyOf,
  areaOf,
  lossScores,
  ratioScores,
  rocOf,
  truePositiveAt,
  truePositiveBound,
  type Roc,
} from '#protocol/privacy/membership';
import { probabilityBound } from '#protocol/privacy/ledger/statement';
import { loadNumerics } from '#wasm/load-node';
import { lacking, round, verdict } from '../e2e/verdict.ts';
import { readDigits } from './digits-federation.ts';
import { membershipPage } from './membership-page.ts';
import { lineOf, plotOf } from './membership-plot.ts';
import { trainShadows } from './membership-run.ts';

const [ROWS, MODELS, SEED] = [600, 128, 'docs'];
export const SHARES = [0.001, 0.01, 0.1] as const;
const DOCS = new URL('../docs/reference/', import.meta.url);

export interface Attacked {
  /** The manifest's epsilon; null without privacy. */
  readonly epsilon: number | null;
  /** Price of the rounds by the accountants. */
  readonly spent: number | null;
  readonly accuracy: number;
  readonly ratio: Found;
  readonly loss: Found;
  /** Upper bound of any attack at each share of false alarms. */
  readonly bound: readonly number[];
  readonly accuracyBound: number;
}

export interface Found {
  readonly area: number;
  readonly accuracy: number;
  readonly truePositive: readonly number[];
}

const foundBy = (roc: Roc): Found => ({
  area: round(areaOf(roc), 3),
  accuracy: round(accuracyOf(roc), 3),
  truePositive: SHARES.map((share) => round(truePositiveAt(roc, share))),
});

const targets = {
  withPrivacy: 'share of used rows found <= e^epsilon * false alarms + delta, within three standard errors',
  without: 'ten times what epsilon 1 allows at 0.1 % false alarms',
};
const data = await readDigits();
if (data === null) {
  lacking('privacy:membership', 'optdigits', targets);
} else {
  const numerics = await loadNumerics();
  const curves: Roc[] = [];
  const attacked = [null, 8, 1].map((epsilon): Attacked => {
    const shadows = trainShadows(numerics, data.train, data.test, { epsilon, rows: ROWS, models: MODELS, seed: SEED });
    const [ratio, loss] = [ratioScores(shadows), lossScores(shadows)].map((scores) => rocOf(scores, shadows.included));
    curves.push(ratio!, loss!);
    const { rate, sigma, rounds, gridBits, delta } = shadows.manifest.privacy;
    const phase = { rate, sigma, rounds, gridBits, coordinates: updateLength(shadows.manifest) };
    const spent = epsilon === null ? null : guaranteeOf([phase], delta).epsilon;
    return {
      epsilon,
      spent: spent === null ? null : round(spent),
      accuracy: round(shadows.accuracy, 3),
      ratio: foundBy(ratio!),
      loss: foundBy(loss!),
      bound: SHARES.map((share) => (spent === null ? 1 : round(truePositiveBound(spent, delta, share), 5))),
      accuracyBound: round(spent === null ? 1 : probabilityBound(spent) + delta, 3),
    };
  });
  const members = (ROWS * MODELS) / 2;
  const under = (found: number, bound: number) => found <= bound + 3 * Math.sqrt((bound * (1 - bound)) / members);
  const kept = attacked
    .filter(({ epsilon }) => epsilon !== null)
    .every(({ ratio, loss, bound }) =>
      [ratio, loss].every(({ truePositive }) => truePositive.every((found, i) => under(found, bound[i]!))),
    );
  const shown = attacked[0]!.ratio.truePositive[0]! > 10 * attacked[2]!.bound[0]!;
  if (process.argv.includes('--write')) {
    const delta = 1e-5;
    const allowed = Array.from({ length: 81 }, (_, i) => 10 ** (-4 + i / 20));
    const spent = attacked[2]!.spent!;
    const lines = [
      lineOf(curves[0]!, 'no privacy, by ratio', '#b3261e'),
      lineOf(curves[1]!, 'no privacy, by loss', '#b3261e', '2 4'),
      lineOf(curves[2]!, 'ε = 8, by ratio', '#8a5a00', '10 4'),
      lineOf(curves[4]!, 'ε = 1, by ratio', '#0b57d0', '6 3 2 3'),
      {
        label: 'any attack, ε = 1',
        colour: '#1b1b1b',
        dash: '1 3',
        points: allowed.map((f) => [f, truePositiveBound(spent, delta, f)] as const),
      },
      {
        label: 'guessing',
        colour: '#9a9a9a',
        dash: '',
        points: [
          [1e-4, 1e-4],
          [1, 1],
        ] as const,
      },
    ];
    await writeFile(new URL('membership.svg', DOCS), plotOf(lines, 'Who is found to have been used, against false alarms'));
    await writeFile(new URL('membership.md', DOCS), membershipPage(attacked, { rows: ROWS, models: MODELS, shares: SHARES }));
  }
  verdict('privacy:membership', kept && shown, { rows: ROWS, models: MODELS, attacked }, targets);
}
