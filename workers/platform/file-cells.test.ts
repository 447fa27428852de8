import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileCells } from './file-cells.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-cells-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('keeps what was written over a restart, under any key', async () => {
  const first = fileCells(join(folder, 'fed'));
  expect((await first.read()).size).toBe(0);
  await first.write(
    [
      { key: 'update/7/someone', value: { vector: Uint8Array.of(1, 2) } },
      { key: 'own', value: 1 },
    ],
    [],
  );
  await first.write([{ key: 'own', value: 2 }], ['never there']);
  const again = await fileCells(join(folder, 'fed')).read();
  expect([...again.keys()].sort()).toEqual(['own', 'update/7/someone']);
  expect(again.get('own')).toBe(2);
  expect(again.get('update/7/someone')).toEqual({ vector: Uint8Array.of(1, 2) });
});

it('reads whole states while others write and delete', async () => {
  const cells = fileCells(folder);
  await cells.read();
  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < 30; i++) {
    calls.push(
      cells.write(
        [
          { key: 'own', value: i },
          { key: 'made', value: i },
        ],
        [],
      ),
    );
    calls.push(cells.read().then((found) => expect(found.get('own')).toBe(found.get('made'))));
    calls.push(cells.write([], ['own', 'made']));
    calls.push(cells.write([{ key: 'made', value: -1 }], []), cells.write([{ key: 'made', value: -2 }], ['made']));
  }
  await Promise.all(calls);
  expect([...(await cells.read()).keys()]).toEqual([]);
});

it('goes on after a write that failed', async () => {
  const cells = fileCells(folder);
  await cells.read();
  await expect(cells.write([{ key: 'bad', value: Number.NaN }], [])).rejects.toThrow('field-invalid');
  await cells.write([{ key: 'good', value: 1 }], []);
  expect((await cells.read()).get('good')).toBe(1);
});
