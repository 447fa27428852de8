/** Files made to keep a reader busy: each is read or refused about as fast as any file of its length. */
import { describe, expect, it } from 'vitest';
import { refusal } from '#protocol/testing/refusal';
import { readSample } from '../founding/sample.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { TIMES_MAX, workTimes } from './cpu-work.fixture.ts';
import { loadTable } from './table/table.ts';

const ordinary = (length: number) => `x,y,corner\n${'0.5,0.25,top\n'.repeat(length / 13)}`;
const { task } = manifestFixture();
const odd = `${'a'.repeat(10)}${' '.repeat(40)}1/1/20`;
const FILES: Readonly<Record<string, string>> = {
  'one name in 20,000 columns': `${'a,'.repeat(20_000)}a\n${'1,'.repeat(20_000)}1\n`.repeat(2),
  'two lines of groups above names': `${'a,'.repeat(8000)}b\n${'c,'.repeat(8000)}b\n${`${'1,'.repeat(8000)}1\n`.repeat(2)}`,
  'a long run of spaces': `a,b\n1${' '.repeat(60_000)},2\n3,4\n5,6\n`,
  'a long run of returns': `a,b\n1${'\r '.repeat(30_000)}x,2\n3,4\n`,
  'cells that are nearly numbers': `a,b\n${`${odd},1\n`.repeat(1500)}`,
  'titles without end': `${`${odd},\n`.repeat(1500)}`,
  'comments without end': `${`# ${odd}\n`.repeat(1500)}x,y,corner\n1,2,top\n`,
};

describe('a file made to be slow', () => {
  it.each(Object.entries(FILES))('%s', async (_, text) => {
    for (const read of [(file: Blob) => readSample(file), (file: Blob) => loadTable(file, task as never, 1000)]) {
      const reads = (content: string) => () => read(new Blob([content])).catch(refusal);
      expect(await workTimes(reads(text), reads(ordinary(text.length)))).toBeLessThan(TIMES_MAX);
    }
  });
});
