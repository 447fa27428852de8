import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import { BLOBS_VERIFIED_MAX } from '#protocol/limits';
import { blobParts } from './blob-parts.ts';
import { migrate } from './sqlite-schema.ts';
import type { One } from './sqlite-queries.ts';

describe('blobs that are read piece by piece', () => {
  let db: DatabaseSync;
  let verified: Hash[];
  let isDamaged: boolean;
  let part: ReturnType<typeof blobParts>;
  beforeEach(() => {
    [verified, isDamaged] = [[], false];
    db = new DatabaseSync(':memory:');
    migrate(db);
    const one: One = (sql) => {
      const statement = db.prepare(sql);
      return (...values) => statement.get(...values);
    };
    part = blobParts(one, (hash) => {
      verified.push(hash);
      if (isDamaged) throw new Error('damaged');
    });
  });
  const put = (text: string): Hash => {
    const bytes = new TextEncoder().encode(text);
    db.prepare("INSERT INTO blobs (hash, owner, size, bytes) VALUES (?, 'A', ?, ?)").run(hashBytes(bytes), bytes.length, bytes);
    return hashBytes(bytes);
  };

  it('are read whole once each, however many there are and in whatever order their pieces are requested', () => {
    const all = Array.from({ length: 20 }, (_, i) => put(`blob ${i}`));
    for (const from of [0, 2, 4])
      for (const [i, hash] of all.entries()) {
        expect(part(hash, 0, 0)).toEqual({ size: `blob ${i}`.length, bytes: new Uint8Array(0) });
        expect(part(hash, from, 3)!.bytes).toEqual(new TextEncoder().encode(`blob ${i}`.slice(from, from + 3)));
      }
    expect(verified).toEqual(all);
  });

  it('do not count as verified after a request while they were damaged', () => {
    const hash = put('damaged');
    isDamaged = true;
    for (let i = 0; i < 3; i++) expect(() => part(hash, i, 1)).toThrow('damaged');
    expect(verified).toHaveLength(3);
  });

  it('are remembered up to a bound, the latest request the longest', () => {
    const first = put('first');
    const second = put('second');
    part(first, 0, 1);
    part(second, 0, 1);
    part(first, 0, 1);
    for (let i = 1; i < BLOBS_VERIFIED_MAX; i++) part(put(`other ${i}`), 0, 1);
    expect(verified).toHaveLength(BLOBS_VERIFIED_MAX + 1);
    part(first, 0, 1);
    expect(verified).toHaveLength(BLOBS_VERIFIED_MAX + 1);
    part(second, 0, 1);
    expect(verified.at(-1)).toBe(second);
  });
});
