import { describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import { writeSafetensors } from '#protocol/model/safetensors';
import { loadRows } from '../loader/source.ts';
import { numberManifestFixture } from '../manifest.fixture.ts';
import { crossCoverage, halfWidth, intervalAround, oneOfEach } from './conformal.ts';
import { anyValue, FEDERATION, modelFile, openLab } from './lab.fixture.ts';
import { checkNumbers, measureNumbers, scoreNumbers } from './number-scores.ts';

const NUMBER = { min: 0, max: 80, typical: 30, loss: 'huber' as const };
/** No hidden layer: the answer is 30 + 5 * (x + 2y). */
const MANIFEST: ManifestBody = { ...numberManifestFixture(), model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'test' } };
const MODEL = [1, 2, 0];
const loaded = (lines: readonly string[], share = 0) =>
  loadRows({ table: `x,y,age\n${lines.join('\n')}\n`, synthetic: true }, MANIFEST, share);

/** Rows at 0, 0, where the model says 30, with answers off by 1 to n. */
const offBy = (n: number) => Array.from({ length: n }, (_, i) => `0,0,${30 + (i % 2 === 0 ? 1 : -1) * (i + 1)}`);

async function withTest(lines: readonly string[]): Promise<{ manifest: ManifestBody; bytes: Uint8Array<ArrayBuffer> }> {
  const { rows } = await loaded(lines);
  const bytes = writeSafetensors([
    { name: 'x', shape: [lines.length, 2], values: rows.x },
    { name: 'y', shape: [lines.length], values: rows.y },
  ]);
  return {
    manifest: { ...MANIFEST, testSet: { hash: hashBytes(bytes), bytes: bytes.length, rows: lines.length, synthetic: false } },
    bytes,
  };
}

describe('an interval', () => {
  it('is as wide as the k-th smallest error of n, k = ceil(0.9 (n + 1)), and infinite with too few', () => {
    const sizes = (n: number) => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1 : 1) * (i + 1));
    expect([8, 9, 10, 19, 20, 99].map((n) => halfWidth(sizes(n)))).toEqual([Infinity, 9, 10, 18, 19, 90]);
  });

  it('lies around the prediction, within the public range', () => {
    expect(intervalAround(1, 10, NUMBER)).toEqual({ low: 25, high: 45 });
    expect(intervalAround(-5, 10, NUMBER)).toEqual({ low: 0, high: 15 });
    expect(intervalAround(99, 10, NUMBER)).toEqual({ low: 70, high: 80 });
  });

  it('counts a person with many rows once: an easy one does not narrow it for all others', () => {
    const units = Int32Array.from({ length: 220 }, (_, row) => Math.max(0, row - 200));
    const errors = Float64Array.from(units, (unit) => (unit === 0 ? 0 : 8));
    const rows = oneOfEach(220, units);
    expect([rows.length, new Set(Array.from(rows, (row) => units[row])).size]).toEqual([20, 20]);
    expect([halfWidth(errors), halfWidth(Float64Array.from(rows, (row) => errors[row]!))]).toEqual([0, 8]);
    expect(oneOfEach(3, undefined)).toEqual(Int32Array.of(0, 1, 2));
  });

  it('is judged by rows that did not set it: each half with the width of the other', () => {
    // Even rows are off by 1 unit, odd ones by 2: the width from even rows covers no odd one, the width from odd rows covers all even ones.
    const truth = Float32Array.from({ length: 80 }, (_, row) => 1 + (row % 2));
    expect(crossCoverage(new Float32Array(80), truth, NUMBER)).toBe(0.5);
    expect(crossCoverage(new Float32Array(30), truth.slice(0, 30), NUMBER)).toBeNaN();
    // About nine out of ten normal errors.
    const words = new RandomWords(seededBytes('normal'));
    const normal = () => Array.from({ length: 12 }, () => words.word() / 2 ** 32).reduce((sum, u) => sum + u, -6);
    const drawn = Float32Array.from({ length: 4000 }, normal);
    expect(Math.abs(crossCoverage(new Float32Array(4000), drawn, NUMBER) - 0.9)).toBeLessThan(0.015);
  });
});

describe('scores of numbers', () => {
  it('are means over rows, each weighted by its count; R² compares with the mean', () => {
    const [errors, truth] = [Float64Array.of(3, -4, 0), Float64Array.of(10, 20, 60)];
    const all = measureNumbers(errors, truth, Int32Array.of(1, 1, 1));
    // The mean of the answers is 30: squares of 400, 100 and 900.
    expect(all).toEqual({ mae: 7 / 3, rmse: Math.sqrt(25 / 3), r2: 1 - 25 / 1400 });
    expect(measureNumbers(errors, truth, Int32Array.of(2, 0, 0))).toEqual({ mae: 3, rmse: 3, r2: null });
  });

  it('have intervals over units: rows of one are drawn together, which widens them', () => {
    const truth = Float32Array.from({ length: 200 }, (_, row) => 4 * Math.sin(Math.floor(row / 20)));
    const units = Int32Array.from(truth, (_, row) => Math.floor(row / 20));
    const width = (of?: Int32Array) => {
      const { mae } = checkNumbers(new Float32Array(200), truth, NUMBER, of, new RandomWords(seededBytes('draws')));
      expect(mae.low).toBeLessThan(mae.value);
      return mae.high - mae.low;
    };
    expect(width(units)).toBeGreaterThan(2 * width());
    const same = scoreNumbers(new Float32Array(50), new Float32Array(50).fill(1), NUMBER, new RandomWords(seededBytes('d')));
    expect(same).toMatchObject({ mae: { value: 5 }, r2: null, guessing: 0, coverage: 1 });
  });
});

describe('the lab', () => {
  it('answers with a number and an interval from public rows', async () => {
    const { manifest, bytes } = await withTest(offBy(20));
    const lab = openLab();
    anyValue(await lab.open(FEDERATION, manifest, modelFile(manifest, MODEL), bytes));
    const told = anyValue(await lab.predict({ cells: { x: '0.5', y: '0.25' } }));
    expect(told).toEqual({
      value: 35,
      interval: { low: expect.closeTo(16, 4), high: expect.closeTo(54, 4), rows: 20, on: 'test-set' },
      seen: null,
    });
    const { csv, first } = anyValue(await lab.predictFile(new File(['x,y\n0.5,0.25\n1,oops\n-1,-1\n'], 'rows.csv')));
    expect((await csv.text()).trimEnd().split('\r\n')).toEqual([
      'row,predicted,90 % interval from,to,problem',
      '2,35,16,54,',
      '3,,,,"value-type: y: expected a number, got \'oops\'"',
      '4,15,0,34,',
    ]);
    expect(first).toMatchObject([{ value: 35 }, { value: 15, interval: { low: 0 } }]);
    const scores = anyValue(await lab.score(bytes));
    expect(scores).toMatchObject({ rows: 20, mae: { value: expect.closeTo(10.5, 4) }, coverage: null });
    const { text } = anyValue(await lab.card(scores));
    expect(text).toContain('It predicts age as a number from 0 to 80');
    expect(text).toContain(
      'The answer is 30 + 5 · output, limited to 0 to 80. Nine of ten answers of rows like the 20 of the public test set are within 19',
    );
    expect(text).toContain('| mean absolute error | 10.5 |');
  });

  it('uses rows kept aside without public ones, gives no interval without any, and keeps them out of the card', async () => {
    const kept = await loaded(
      Array.from({ length: 200 }, (_, i) => `0,0,${10 + (i % 40)}.${i}`),
      0.4,
    );
    const lab = openLab({ keptRows: async () => kept });
    anyValue(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, MODEL), null));
    const told = anyValue(await lab.predict({ cells: { x: '0', y: '0' } }));
    expect(told).toMatchObject({ value: 30, interval: { rows: kept.heldOut.y.length, on: 'held-out' } });
    expect(anyValue(await lab.card(null)).text).not.toContain('Nine of ten');
    const check = anyValue(await lab.check('x'))!;
    expect(check).toMatchObject({
      calibration: null,
      mesh: { rows: kept.heldOut.y.length },
      comparison: { mesh: { error: expect.any(Number) } },
    });
    expect('mae' in check.mesh && check.mesh.mae.value).toBe('error' in check.comparison.mesh && check.comparison.mesh.error);

    const alone = openLab();
    anyValue(await alone.open(FEDERATION, MANIFEST, modelFile(MANIFEST, MODEL), null));
    expect(anyValue(await alone.predict({ cells: { x: '0', y: '0' } }))).toEqual({ value: 30, interval: null, seen: null });
    const { csv } = anyValue(await alone.predictFile(new File(['x,y\n0,0\n'], 'rows.csv')));
    expect(await csv.text()).toContain('\r\n2,30,,,\r\n');
  });
});
