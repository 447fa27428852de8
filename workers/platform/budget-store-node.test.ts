import { spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { extend, openLedger, reserve, type Reservation } from '#protocol/privacy/ledger/budget';
import { openBudgetFile, type BudgetFile } from './budget-store-node.ts';
import { budgetStoreSuite } from '../ledger/budget-store-suite.ts';

let directory: string;
let files: BudgetFile[] = [];
const path = () => join(directory, 'budget.jsonl');
const open = async () => {
  const file = await openBudgetFile(path());
  files.push(file);
  return file;
};
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'budget-'));
});
afterEach(async () => {
  for (const file of files) await file.close().catch(() => undefined);
  files = [];
  await rm(directory, { recursive: true });
});

function record(seq: number): Reservation {
  const some = hashBytes(new Uint8Array([seq]));
  const terms = {
    account: 'rows',
    fed: some,
    state: some,
    stateRound: seq,
    unit: 'example' as const,
    rate: 0.1,
    sigma: 4,
    clip: 1,
    delta: 1e-5,
  };
  let ledger = openLedger([]);
  for (let i = 0; i < seq; i++) ledger = extend(ledger, record(i));
  return reserve(ledger, terms, 8);
}

budgetStoreSuite('a file', async () => {
  const store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      return open();
    },
  };
});

describe('the file', () => {
  test.skipIf(process.platform === 'win32')('is readable by its owner alone, also when it was not before', async () => {
    await writeFile(path(), '', { mode: 0o644 });
    const file = await open();
    await file.append(record(0));
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  test('loses a torn last line and nothing else, wherever it was torn', async () => {
    const first = await open();
    await first.append(record(0));
    await first.close();
    const whole = await readFile(path(), 'utf8');
    const line = `${JSON.stringify(record(1))}`;
    for (const length of [1, 20, line.length - 1, line.length]) {
      await writeFile(path(), whole);
      await appendFile(path(), line.slice(0, length));
      const file = await open();
      expect(await file.read()).toEqual([record(0)]);
      await file.append(record(1));
      await file.close();
      expect(await readFile(path(), 'utf8')).toBe(`${whole}${line}\n`);
    }
  });

  test('says which line is damaged, and is not changed by that', async () => {
    const text = `${JSON.stringify(record(0))}\n{"kind":"res\n${JSON.stringify(record(1))}\n`;
    await writeFile(path(), text);
    await expect(open()).rejects.toMatchObject({ code: 'conflict', detail: { field: 'budget.1.record' } });
    expect(await readFile(path(), 'utf8')).toBe(text);
  });

  test('belongs to one process at a time; a dead one’s lock is taken over', async () => {
    const file = await open();
    await expect(open()).rejects.toMatchObject({ code: 'budget-locked' });
    await file.append(record(0));
    await file.close();
    await expect(file.append(record(1))).rejects.toMatchObject({ code: 'storage-denied' });
    await writeFile(`${path()}.lock`, String(process.ppid));
    await expect(open()).rejects.toMatchObject({ code: 'budget-locked' });
    const dead = spawnSync(process.execPath, ['--version']).pid;
    for (const owner of [dead, process.pid, '']) {
      await writeFile(`${path()}.lock`, String(owner));
      const taken = await open();
      expect(await taken.read()).toHaveLength(1);
      await taken.close();
    }
  });

  test('in a directory that is not there is refused', async () => {
    await expect(openBudgetFile(join(directory, 'missing', 'budget.jsonl'))).rejects.toMatchObject({ code: 'storage-denied' });
  });
});
