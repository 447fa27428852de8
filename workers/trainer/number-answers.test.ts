import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import { answerOfOutput, answerUnit, outputOfAnswer } from '#protocol/manifest/number-answer';
import { writeSafetensors } from '#protocol/model/safetensors';
import { loadNumerics } from '#wasm/load-node';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { loadRows } from '../loader/source.ts';
import { manifestFixture, numberManifestFixture } from '../manifest.fixture.ts';
import { layOutRows, readRowsFile } from '../rows/rows-file.ts';
import { openTestSet } from './scoring.ts';
import { openTrainer } from './trainer.ts';

const MANIFEST = numberManifestFixture();
const NUMBER = { min: 0, max: 80, typical: 30, loss: 'huber' as const };
const load = (table: string, share = 0) => loadRows({ table, synthetic: false }, MANIFEST, share);
const refused = (code: string, field: string) => expect.objectContaining({ code, detail: expect.objectContaining({ field }) });

it('is measured in sixteenths of the public range from the typical value, and converts back exactly', () => {
  expect(answerUnit(NUMBER)).toBe(5);
  expect([0, 30, 32.5, 80, 999, -7].map((value) => outputOfAnswer(value, NUMBER))).toEqual([-6, 0, 0.5, 10, 10, -6]);
  expect(answerOfOutput(11, NUMBER)).toBe(80);
  expect(outputOfAnswer(5, { min: 0, max: 16, loss: 'squared' })).toBe(-3); // from the middle of the range
  fc.assert(
    fc.property(fc.double({ min: 0, max: 80, noNaN: true }), (v) => Math.abs(answerOfOutput(outputOfAnswer(v, NUMBER), NUMBER) - v) < 1e-9),
  );
});

it('is read like numbers in columns: marks, units, missing cells that drop the row, and the nearer end of the range', async () => {
  const { rows, report } = await load('x;y;age\n0,5;1;"32,5"\n0;0;€ 30\n0;0;n/a\n0;0;old\n0,25;0;120\n0;0;0\n0;0;80\n');
  expect(rows.y).toEqual(Float32Array.of(0.5, 0, 10, -6, 10));
  expect(rows.x[0]).toBe(0.5);
  expect(report).toMatchObject({ rows: 5, classCounts: [] });
  const told = report.findings.map((found) => [found.code, found.column, found.count, found.rows]);
  expect(told).toContainEqual(['label-missing', 'age', 1, [4]]);
  expect(told).toContainEqual(['label-unknown', 'age', 1, [5]]);
  expect(told).toContainEqual(['clamped', 'age', 1, [6]]);
});

it('takes its decimal mark from all cells, including the answers', async () => {
  const { rows } = await load('x\ty\tage\n1\t1\t32,5\n0\t0\t1.000\n');
  expect(rows.y).toEqual(Float32Array.of(0.5, 10));
});

it('rows that differ only in their answer are different rows, whether kept aside or not, with different names', async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `0,0,${i % 80}.${i}`);
  const loaded = await load(`x,y,age\n${lines.join('\n')}\n`, 0.3);
  expect(loaded.report).toMatchObject({ rows: loaded.rows.y.length, heldOut: loaded.heldOut.y.length });
  expect(loaded.heldOut.y.length).toBeGreaterThan(30);
  expect(loaded.heldOut.y).toBeInstanceOf(Float32Array);
  expect(new Set([...loaded.rows.y, ...loaded.heldOut.y]).size).toBe(200);
  expect((await load(`x,y,age\n${lines.toReversed().join('\n')}\n`)).digest).toBe(loaded.digest);
  expect((await load(`x,y,age\n${lines.with(0, '0,0,79').join('\n')}\n`)).digest).not.toBe(loaded.digest);
});

it('is kept over a reload as numbers, which an older page does not take for its own file', async () => {
  const fed = 'F'.repeat(43) as Hash;
  const { rows, heldOut, digest, report } = await load('x,y,age\n0,0,31\n0,1,32\n1,1,33\n1,0,34\n', 0.4);
  const { body, preamble } = await layOutRows(fed, { rows, heldOut, digest, report });
  const file = new Uint8Array(Math.max(...body.map(({ at, bytes }) => at + bytes.length)));
  for (const { at, bytes } of [...body, preamble]) file.set(bytes, at);
  expect(await readRowsFile(fed, new Blob([file]))).toEqual({ rows, heldOut, digest, report });
  expect(file[7]).toBe(2);
  for (const version of [0, 3]) expect(await readRowsFile(fed, new Blob([file.with(7, version)]))).toBeNull();
});

it('a public test set has float32 answers within the range, and no others', () => {
  const open = (y: Int32Array | Float32Array) => {
    const file = writeSafetensors([
      { name: 'x', shape: [2, 2], values: Float32Array.of(0, 1, 1, 0) },
      { name: 'y', shape: [2], values: y },
    ]);
    return openTestSet({ ...MANIFEST, testSet: { hash: hashBytes(file), bytes: file.length, rows: 2, synthetic: true } }, file);
  };
  expect(open(Float32Array.of(-6, 10)).y).toEqual(Float32Array.of(-6, 10));
  expect(() => open(Int32Array.of(0, 1))).toThrowError(refused('wrong-length', 'testSet'));
  for (const strange of [10.01, -6.01, NaN, Infinity]) {
    expect(() => open(Float32Array.of(0, strange))).toThrowError(refused('label-unknown', 'testSet.y'));
  }
});

it.each(['huber', 'squared'] as const)('the %s loss is what updates use, and the clip bounds each row as ever', async (loss) => {
  const numerics = await loadNumerics();
  const manifest = numberManifestFixture(loss);
  const trainer = openTrainer(numerics, { ...manifest, model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: 's' } });
  const rows = { x: Float32Array.of(1, 0), y: Float32Array.of(3) };
  // For an output of 0: squared (0 - 3)^2 / 2, Huber 3 - 1/2.
  expect(trainer.evaluate(new Float32Array(3), rows)).toMatchObject({ loss: loss === 'huber' ? 2.5 : 4.5 });
  expect(() => trainer.hold({ ...rows, y: Int32Array.of(3) })).toThrowError(refused('label-unknown', 'rows'));
  expect(() => trainer.hold({ ...rows, y: Float32Array.of(11) })).toThrowError(refused('label-unknown', 'rows'));
  trainer.hold(rows);
  trainer.rehearseLot(20);
  const privacy = { ...manifest.privacy, sigma: 1.1, rate: 1 };
  const { vector, lotSize } = trainer.makeUpdate(new Float32Array(3), privacy, seededBytes('numbers'));
  expect([vector.length, lotSize]).toEqual([12, 1]);
  trainer.close();
  const classes = openTrainer(numerics, manifestFixture());
  expect(() => classes.hold(rows)).toThrowError(refused('label-unknown', 'rows'));
  classes.close();
});
