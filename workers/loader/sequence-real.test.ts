/** Published recordings. They are not part of the project; without them, the tests are skipped. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { SequenceTask } from '#protocol/manifest/task';
import { dataFile, skippedWithout } from '../../scripts/data-place.ts';
import { loadRecordingFiles } from './recording/sequence-files.ts';
import { filesOfZip } from './lines/zip.ts';

const zip = await readFile(dataFile('indoor-movement', 'IndoorMovement.zip')).catch(() => null);
const files = zip === null ? [] : await filesOfZip(new Blob([zip]), '');
const why = zip === null ? ` (${skippedWithout('indoor-movement')})` : '';

const TASK: SequenceTask = {
  kind: 'sequence',
  channels: [1, 2, 3, 4].map((n) => ({ name: `RSS_anchor${n}`, min: -1, max: 1 })),
  length: 32,
  hop: 16,
  windowsMax: 4,
  recording: 'sequence_ID',
  label: { name: 'class_label', classes: ['-1', '1'] },
};

describe.skipIf(zip === null)(`UCI Indoor User Movement Prediction${why}`, () => {
  test('the whole folder as it is: 314 recordings with their answers, the other tables named', async () => {
    const { rows, report, raw } = await loadRecordingFiles(files, TASK, 4000);
    expect(new Set(rows.units).size).toBe(314);
    const first = new Map([...rows.units!].map((unit, i) => [unit, rows.y[i]!]));
    expect([...first.values()].filter((label) => label === 1)).toHaveLength(158);
    expect(rows.x.length).toBe(rows.y.length * 32 * 4);
    expect(raw!.length).toBe(rows.y.length * 8);
    expect(report).toMatchObject({ name: `${files.length} files`, columns: 0 });
    const said = report.findings.map(({ code, action, count }) => `${code} ${action} ${count}`);
    expect(said.toSorted()).toEqual([
      'recording-constant kept 1',
      'recording-file kept 5',
      'recording-short read-as 105',
      'recording-windows left-out 6',
    ]);
  });

  test('gives the same rows as one file with all lines', async () => {
    const some = files.filter(({ name }) => /RSS_(20|10)\d\.csv$/.test(name) || name.endsWith('target.csv'));
    const folder = await loadRecordingFiles(some, TASK, 4000);
    const target = (await some.find(({ name }) => name.endsWith('target.csv'))!.text()).split(/\r?\n/);
    const all = ['sequence_ID,RSS_anchor1,RSS_anchor2,RSS_anchor3,RSS_anchor4,class_label'];
    for (const file of some) {
      const id = /RSS_(\d+)\.csv$/.exec(file.name)?.[1];
      if (id === undefined) continue;
      const label = target
        .find((line) => line.startsWith(`${id},`))!
        .split(',')[1]!
        .trim();
      for (const line of (await file.text()).split(/\r?\n/).slice(1)) if (line !== '') all.push(`${id},${line},${label}`);
    }
    const single = await loadRecordingFiles([all.join('\n')], TASK, 4000);
    expect(single.rows).toEqual(folder.rows);
    expect(single.raw).toEqual(folder.raw);
  });
});
