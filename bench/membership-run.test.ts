/** The measurement at a small scale, on real digits. */
import { expect, it } from 'vitest';
import { areaOf, ratioScores, rocOf, truePositiveAt, truePositiveBound } from '#protocol/privacy/membership';
import { loadNumerics } from '#wasm/load-node';
import { skippedWithout } from '../scripts/data-place.ts';
import { readDigits } from './digits-federation.ts';
import { lineOf, plotOf } from './membership-plot.ts';
import { trainShadows } from './membership-run.ts';

const data = await readDigits();

it.skipIf(data === null)(
  `rows that a model knows by heart are found, and with privacy they are not (${skippedWithout('optdigits')})`,
  async () => {
    const numerics = await loadNumerics();
    const attack = (epsilon: number | null) => {
      const shadows = trainShadows(numerics, data!.train, data!.test, { epsilon, rows: 120, models: 16, seed: 'small' });
      return { roc: rocOf(ratioScores(shadows), shadows.included), accuracy: shadows.accuracy };
    };
    const [open, kept] = [attack(null), attack(1)];
    expect(open.accuracy).toBeGreaterThan(0.7);
    expect(areaOf(open.roc)).toBeGreaterThan(0.7);
    expect(truePositiveAt(open.roc, 0.01)).toBeGreaterThan(truePositiveBound(1, 1e-5, 0.01));
    // Five standard errors of a share and of an area, with 960 used rows.
    expect(areaOf(kept.roc)).toBeLessThan(0.6);
    expect(truePositiveAt(kept.roc, 0.1)).toBeLessThan(truePositiveBound(1, 1e-5, 0.1) + 0.07);
  },
);

it('the picture has each line by name, and nothing that breaks out of it', () => {
  const roc = { falsePositive: [0, 0.001, 1], truePositive: [0.1, 0.5, 1] };
  const svg = plotOf([lineOf(roc, 'a < b', '#123456', '2 4'), lineOf(roc, 'c', '#654321')], 'T "q"');
  expect(svg).toContain('a &lt; b');
  expect(svg).toContain('aria-label="T &quot;q&quot;"');
  expect(svg.match(/<path d="M[\d. ]+L/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});
