import { expect, test } from 'vitest';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import { predictRecordings } from './batch-recordings.ts';

/** How far above zero a window's first value is, as the probability of the first answer. */
const probabilities = (x: Float32Array) => {
  const first = Float32Array.from({ length: x.length / 8 }, (_, row) => (x[8 * row]! + 1) / 2);
  return Float32Array.from({ length: 2 * first.length }, (_, i) => (i % 2 === 0 ? first[i >> 1]! : 1 - first[i >> 1]!));
};
const linesOf = async (csv: Blob) => (await csv.text()).trimEnd().split('\r\n');
const moments = (...firsts: readonly number[]) => firsts.flatMap((first) => [`${first},0`, '0,0', '0,0', '0,0']);

test('a recording gets the mean over its windows, and needs no answer', async () => {
  const long = ['walk,x,y', ...moments(1, 0.5).map((line) => `a,${line}`), ...moments(-1).map((line) => `b,${line}`)].join('\n');
  const { name, rows, leftOut, first, csv } = await predictRecordings([new File([long], 'walks.csv')], sequenceTask(), probabilities);
  expect([name, rows, leftOut]).toEqual(['walks-predictions.csv', 2, 0]);
  expect(first).toEqual([
    { row: 1, mark: 'a', best: 0, probability: 0.875 },
    { row: 2, mark: 'b', best: 1, probability: 1 },
  ]);
  expect(await linesOf(csv)).toEqual([
    'recording,predicted,probability of left,probability of right,problem',
    'a,left,0.875000,0.125000,',
    'b,right,0.00000,1.00000,',
  ]);
});

test('each file is a recording; lists of answers are skipped, and a recording of mostly gaps keeps its line', async () => {
  const file = (name: string, lines: readonly string[]) => new File([['x,y', ...lines].join('\n')], name);
  const files = [file('a.csv', moments(1)), file('b.csv', moments(-1)), file('c.csv', ['1,', ',', ',', '1,'])];
  const target = new File(['id,way\na,left\nb,right\n'], 'target.csv');
  const { rows, leftOut, csv } = await predictRecordings([...files, target], sequenceTask(), probabilities);
  expect([rows, leftOut]).toEqual([2, 1]);
  expect((await linesOf(csv)).slice(1)).toEqual([
    'a.csv,left,1.00000,0.00000,',
    'b.csv,right,0.00000,1.00000,',
    `c.csv,,,,"value-type: expected mostly numbers, got 'c.csv': 6 of 8 values are missing"`,
  ]);
});

test('a file without any recording is refused', async () => {
  await expect(predictRecordings([new File(['a,b,c\n1,2,3\n'], 'a.csv')], sequenceTask(), probabilities)).rejects.toMatchObject({
    code: 'column-count',
  });
});
