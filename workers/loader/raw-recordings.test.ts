/** Recordings keep their account, whichever of their sensors a federation reads and however their files come. */
import { expect, it } from 'vitest';
import type { SequenceTask } from '#protocol/manifest/task';
import { memoryLedgerKeys } from '../platform/memory-stores.ts';
import { findAccounts } from '../ledger/row-accounts.ts';
import { rowIdsOf } from '../ledger/row-ids.ts';
import { rowDigests } from './digest.ts';
import { storedRows } from './lines/stored-rows.ts';
import { loadRecordingFiles } from './recording/sequence-files.ts';

const sensor = (rate: number, name: string, recording: number, late = 0): string =>
  [
    `time (s),${name} x,${name} y`,
    ...Array.from({ length: rate * 4 }, (_, i) => `${late + i / rate},${Math.sin(i + recording)},${Math.cos(i * recording)}`),
  ].join('\n');
const FOLDERS = ['run', 'walk', 'run', 'walk'].map((answer, i) => ({ folder: `log/${answer}/rec${i}`, i }));
const accelerometers = FOLDERS.map(({ folder, i }) => new File([sensor(50, 'acc', i)], `${folder}/Accelerometer.csv`));
const gyroscopes = FOLDERS.map(({ folder, i }) => new File([sensor(20, 'gyro', i, 0.5)], `${folder}/Gyroscope.csv`));
const both = accelerometers.flatMap((file, i) => [file, gyroscopes[i]!]);

const taskOf = (...channels: string[]): SequenceTask => ({
  kind: 'sequence',
  channels: channels.map((name) => ({ name, min: -1, max: 1 })),
  length: 16,
  hop: 16,
  windowsMax: 2,
  recording: 'recording',
  label: { name: 'answer', classes: ['run', 'walk'] },
});

async function marksOf(files: readonly File[], task: SequenceTask) {
  const { rows, raw, sources } = await loadRecordingFiles(files, task, 1000);
  return { rows: rows.y.length, encoded: rowDigests(storedRows(rows)), raw, sources };
}

it('a recording of several sensors is recognised by any of them, and on another of their clocks', async () => {
  const ways = [
    await marksOf(both, taskOf('acc x', 'gyro x')),
    await marksOf(both, taskOf('gyro x', 'acc y')),
    await marksOf(both, taskOf('acc x', 'acc y')),
    await marksOf(accelerometers, taskOf('acc y')),
  ];
  for (const [i, first] of ways.entries()) {
    const keep = memoryLedgerKeys();
    const key = await keep.rowKey();
    const { ids } = await rowIdsOf(key, 'own', first);
    await keep.rows.add({ account: 'spent', ids });
    for (const [j, then] of ways.entries()) {
      const { accounts, known } = await findAccounts(keep.rows, await rowIdsOf(key, 'own', then));
      expect([accounts, known], `${i} then ${j}`).toEqual([['spent'], then.rows]);
    }
    const others = await marksOf(
      gyroscopes.map((_, at) => new File([sensor(50, 'acc', at + 9)], `log/run/new${at}.csv`)),
      taskOf('acc y'),
    );
    expect((await findAccounts(keep.rows, await rowIdsOf(key, 'own', others))).accounts).toEqual([]);
  }
});
