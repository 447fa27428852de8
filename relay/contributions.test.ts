import { beforeEach, describe, expect, it } from 'vitest';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { contributionsOf, type Contributions } from './contributions.ts';
import type { StoredRecord } from './store/store.ts';

const fed = hashBytes(new TextEncoder().encode('fed')) as Hash;
const record = (round: number, members: readonly string[]): StoredRecord => {
  const contributions = members.map((member) => ({ kind: 'update', member }));
  return { fed, epoch: 0, round, id: fed, state: fed, bytes: encode({ record: { contributions } }) };
};

describe('updates of members', () => {
  let kept: StoredRecord[];
  /** First rounds that were read. */
  let asked: number[];
  let problems: unknown[];
  let contributions: Contributions;
  let fails = false;
  beforeEach(() => {
    [kept, asked, problems, fails] = [[], [], [], false];
    const records = async (_fed: Hash, from: number, limit: number) => {
      asked.push(from);
      if (fails && asked.length % 2 === 0) throw new Error('the disk is away');
      return kept.filter(({ round }) => round >= from).slice(0, limit);
    };
    contributions = contributionsOf({ records }, { error: (fields: unknown) => void problems.push(fields) });
  });

  it('are counted once, and counting resumes where the store failed', async () => {
    kept = Array.from({ length: 100 }, (_, i) => record(i + 1, ['ann', ...(i < 70 ? ['bob'] : [])]));
    fails = true;
    await expect(contributions.of(fed)).rejects.toThrow('away');
    fails = false;
    expect(await contributions.of(fed)).toEqual(
      new Map([
        ['ann', 100],
        ['bob', 70],
      ]),
    );
    expect(asked.filter((from) => from === 0)).toHaveLength(1);
  });

  it('are unknown from a damaged record on, which is read and reported once', async () => {
    kept = [record(1, ['ann']), { ...record(2, ['ann']), bytes: new Uint8Array([1, 2, 3]) }, record(3, ['ann'])];
    expect(await Promise.all([contributions.of(fed), contributions.of(fed)])).toEqual([null, null]);
    expect(await contributions.of(fed)).toBeNull();
    expect(asked).toEqual([0]);
    expect(problems).toEqual([expect.objectContaining({ federation: fed, round: 2 })]);
  });
});
