import { beforeAll, describe, expect, it } from 'vitest';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { initialState } from '#protocol/model/state';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import type { TableTask } from '#protocol/manifest/task';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { loadRows } from '../loader/source.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { softmaxRows } from '../trainer/softmax.ts';
import { ownCheck } from './check.ts';
import { groupRows } from './subgroups.ts';
import { syntheticRows } from './synthetic-rows.ts';
import type { CheckScores } from './api.ts';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'age', min: 0, max: 90, typical: 30, missing: 'fill' },
    { kind: 'ignored', name: 'name' },
    { kind: 'category', name: 'class', values: ['first', 'second', 'third'], others: true },
    { kind: 'number', name: 'fare', min: 0, max: 10 },
  ],
  label: { name: 'lived', classes: ['no', 'yes'] },
  picture: null,
};
const MANIFEST: ManifestBody = { ...manifestFixture(), task: TASK };

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

/** The initial model. */
const untrained = () => {
  const network = networkOf(MANIFEST);
  const model = numerics.model({ network, loss: 'cross-entropy' }, 64);
  model.setParameters(initialState(network, 'check').parameters);
  return model;
};
const check = (loaded: Awaited<ReturnType<typeof kept>>, column: string | null) => {
  const model = untrained();
  try {
    return ownCheck(numerics, MANIFEST, model, (x) => softmaxRows(model.forward(x), 2), loaded, column, seededBytes('check'));
  } finally {
    model.free();
  }
};

const kept = async (count: number, share: number) => {
  const source = syntheticRows(TASK, count, 'check');
  if (!('text' in source)) throw new Error('expected a table');
  return loadRows({ table: source.text, synthetic: true }, { ...MANIFEST, privacy: { ...MANIFEST.privacy, rowsMax: 5000 } }, share);
};

describe('a member’s own check', () => {
  it('judges both models on the rows kept aside, and sees that a trained model beats an untrained one', async () => {
    const loaded = await kept(900, 0.3);
    const found = check(loaded, 'class');
    expect(found.mesh.rows).toBe(loaded.heldOut.y.length);
    expect(found.units).toBe(loaded.heldOut.y.length);
    const [solo, mesh] = [found.solo as CheckScores, found.mesh as CheckScores];
    expect(solo.auroc!.low).toBeGreaterThan(mesh.auroc!.high);
    expect(solo.brier.value).toBeLessThan(mesh.brier.value);
    expect(found.calibration!.solo.reduce((sum, bin) => sum + bin.rows, 0)).toBe(found.mesh.rows);
    expect(found.subgroups!.groups.map((group) => group.value)).toEqual(['first', 'second', 'third']);
    for (const group of found.subgroups!.groups) expect(group.solo!.rows).toBe(group.rows);
  });

  it('hides the scores of a subgroup below twenty rows, but not the group', async () => {
    const loaded = await kept(90, 0.4);
    const { subgroups } = check(loaded, 'class');
    const small = subgroups!.groups.filter((group) => group.rows < 20);
    expect(small.length).toBeGreaterThan(0);
    for (const group of small) expect([group.mesh, group.solo, group.guessing]).toEqual([null, null, null]);
  });

  it('refuses a column that the task does not read, naming those it does, and too few rows', async () => {
    const loaded = await kept(60, 0.3);
    const run = (rows: typeof loaded, column: string | null) => () => check(rows, column);
    expect(run(loaded, 'name')).toThrowError(
      expect.objectContaining({ code: 'field-invalid', detail: { field: 'column', expected: 'age, class, fare', got: 'name' } }),
    );
    const none = { ...loaded, heldOut: { x: new Float32Array(0), y: new Int32Array(0) } };
    expect(run(none, null)).toThrowError(expect.objectContaining({ code: 'rows-too-few' }));
  });
});

describe('subgroups', () => {
  it('are read back from the inputs: values, thirds of the range, and missing cells', async () => {
    const text = 'age,class,fare,lived\n0,first,1,no\n29,second,3.4,yes\n31,none,9,no\n,third,10,yes\n90,third,0,no\n';
    const { rows } = await loadRows({ table: text, synthetic: true }, MANIFEST, 0);
    expect(groupRows(TASK, rows.x, 'age')).toEqual([
      { value: '0 – 30', rows: [0, 1] },
      { value: '30 – 60', rows: [2] },
      { value: '60 – 90', rows: [4] },
      { value: '', rows: [3] },
    ]);
    expect(groupRows(TASK, rows.x, 'class')).toEqual([
      { value: 'first', rows: [0] },
      { value: 'second', rows: [1] },
      { value: 'third', rows: [3, 4] },
      { value: '', rows: [2] },
    ]);
  });
});
