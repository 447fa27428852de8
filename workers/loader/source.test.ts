import { describe, expect, it } from 'vitest';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { SequenceTask } from '#protocol/manifest/task';
import { loadNumerics } from '#wasm/load-node';
import { manifestFixture } from '../manifest.fixture.ts';
import { findAccounts, type RowAccountEntry } from '../ledger/row-accounts.ts';
import { importRowKey, rowIdsOf } from '../ledger/row-ids.ts';
import { openTrainerEndpoint } from '../rows/trainer-endpoint.ts';
import { sequenceTask } from './sequence-task.fixture.ts';
import { loadRows } from './source.ts';

const TASK = {
  kind: 'image',
  width: 4,
  height: 4,
  colour: 'grey',
  background: 'dark',
  label: { name: 'shape', classes: ['bar', 'dot', 'none'] },
} as const;

async function endpoint() {
  const trainer = openTrainerEndpoint(loadNumerics(), () => Promise.reject(new Error('no samples here')));
  await trainer.open({ ...manifestFixture(), task: { ...TASK, label: { ...TASK.label, classes: [...TASK.label.classes] } } });
  return trainer;
}

it('without a browser, pictures are refused with what to bring instead, and drawings are read', async () => {
  const trainer = await endpoint();
  expect(await trainer.load({ pictures: [new File(['x'], 'bar/1.png')] })).toEqual({
    ok: false,
    error: { code: 'field-invalid', detail: { field: 'data', expected: 'a table, or a browser to decode pictures', got: 'pictures' } },
  });
  const drawing = (shade: number, label: number) => ({ pixels: new Uint8Array(16).fill(shade), label });
  expect(await trainer.load({ drawings: [drawing(9, 0), drawing(99, 1)] })).toMatchObject({
    ok: true,
    value: { report: { rows: 2, heldOut: 0 } },
  });
  await trainer.close();
});

it('a federation of pictures takes no table', async () => {
  const trainer = await endpoint();
  expect(await trainer.load({ text: 'a,b\n1,2\n' })).toMatchObject({
    ok: false,
    error: { code: 'field-invalid', detail: { expected: 'pictures' } },
  });
  await trainer.close();
});

describe('files of recordings', () => {
  const recordings = Array.from({ length: 40 }, (_, id) =>
    Array.from(
      { length: 12 },
      (_line, i) => `r${id},${Math.sin(id + i).toFixed(4)},${(7 * id + i) % 100},${id % 2 === 0 ? 'left' : 'right'}`,
    ),
  );
  const fileOf = (of: readonly (readonly string[])[]) => new File([['walk,x,y,way', ...of.flat()].join('\n')], 'walks.csv');
  const manifest = (change: Partial<SequenceTask> = {}): ManifestBody => {
    const body = manifestFixture();
    return { ...body, task: sequenceTask(change), privacy: { ...body.privacy, unit: 'group' } };
  };

  it('keep whole recordings aside, the same ones wherever they stand in the file', async () => {
    const [first, turned] = await Promise.all(
      [recordings, recordings.toReversed()].map((of) => loadRows({ recordingFiles: [fileOf(of)] }, manifest(), 0.3)),
    );
    expect(first!.report.rows + first!.report.heldOut).toBe(120);
    expect(first!.report.heldOut % 3).toBe(0);
    expect(first!.report.units).toBe(first!.report.rows / 3);
    const names = ({ x }: { x: Float32Array }) => Array.from({ length: x.length / 24 }, (_, i) => x[24 * i]!).toSorted();
    expect(first!.report.heldOut).toBeGreaterThan(0);
    expect(names(turned!.heldOut)).toEqual(names(first!.heldOut));
    expect(turned!.digest).toBe(first!.digest);
  });

  it('are recognised by the budget with other windows, in part, and with one line changed', async () => {
    const key = await importRowKey(new Uint8Array(32));
    const idsOf = async (of: readonly (readonly string[])[], change: Partial<SequenceTask> = {}) =>
      rowIdsOf(key, 'own', (await loadRows({ recordingFiles: [fileOf(of)] }, manifest(change), 0)).marks);
    const { ids } = await idsOf(recordings);
    const store = { each: async (look: (entry: RowAccountEntry) => void) => look({ account: 'a', ids }), add: async () => {} };
    const knownOf = async (...of: Parameters<typeof idsOf>) => (await findAccounts(store, await idsOf(...of))).known;
    expect(await knownOf(recordings.slice(0, 10), { length: 8, windowsMax: 1 })).toBe(10);
    const edited = recordings.map((lines) => lines.with(0, lines[0]!.replace(/,\d+,(left|right)$/, ',50.5,$1')));
    expect(await knownOf(edited)).toBe(80); // the first of each recording's three windows is another
    expect(await knownOf(edited.map((lines) => lines.map((line) => line.replace(/,(\d)/, ',-$1'))))).toBe(0);
  });
});

describe('files whose rows belong to groups', () => {
  const { task, ...rest } = manifestFixture();
  const grouped = (column: 'x' | 'y' | null): ManifestBody => {
    const unit = column === null ? 'example' : 'group';
    const more = column === null ? {} : { group: { column, rowsMax: 4 } };
    return { ...rest, task: { ...task, ...more } as ManifestBody['task'], privacy: { ...rest.privacy, unit } };
  };
  const idsOf = async (text: string, column: 'x' | 'y' | null) => {
    const source = { table: `x,y,corner\n${text}`, synthetic: false };
    return rowIdsOf(await importRowKey(new Uint8Array(32)), 'own', (await loadRows(source, grouped(column), 0)).marks);
  };

  it('find a group’s account by other rows of it, because the budget protects the group', async () => {
    const { ids } = await idsOf('0.1,0.2,left\n0.1,0.3,top\n0.5,0.4,right\n', 'x');
    const store = { each: async (look: (entry: RowAccountEntry) => void) => look({ account: 'a', ids }), add: async () => {} };
    const accountsOf = async (text: string, column: 'x' | 'y' | null) => (await findAccounts(store, await idsOf(text, column))).accounts;
    const later = '0.10,-0.7,right\n0.9,-0.8,top\n'; // another row of group 0.1, and a new group
    expect(await accountsOf(later, 'x')).toEqual(['a']);
    expect(await accountsOf('0.9,-0.8,top\n0.8,-0.8,left\n', 'x')).toEqual([]);
    // The same value in another column is another group, and a row that is its own unit has none.
    expect(await accountsOf('-0.9,0.1,top\n-0.8,0.5,left\n', 'y')).toEqual([]);
    expect(await accountsOf(later, null)).toEqual([]);
  });
});
