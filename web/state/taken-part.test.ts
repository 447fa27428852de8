import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Hash } from '#protocol/codec';

const [A, B] = ['A'.repeat(43) as Hash, 'B'.repeat(43) as Hash];
let cells: Map<string, string>;

beforeEach(() => {
  cells = new Map();
  vi.resetModules();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => cells.get(key) ?? null,
    setItem: (key: string, value: string) => void cells.set(key, value),
    removeItem: (key: string) => void cells.delete(key),
  });
});
afterEach(() => void vi.unstubAllGlobals());

const opened = () => import('./taken-part.ts');

test('one project is gone on with until it is left, and those before it keep the day on which they were joined', async () => {
  const list = await opened();
  list.noteTakenPart(A, 'one');
  const at = list.takenPart()[0]!.at;
  list.noteTakenPart(B, 'two');
  expect(list.goesOnWith()).toBe(B);
  list.noteLeft(B);
  expect([list.goesOnWith(), list.tookPart(A), list.tookPart(B)]).toEqual([null, true, true]);
  expect(list.takenPart().find(({ id }) => id === A)?.at).toBe(at);
});

test('what another tab has written meanwhile stays', async () => {
  const list = await opened();
  cells.set('mesh-projects', JSON.stringify([{ id: B, name: 'two', at: 1, going: false }]));
  list.noteTakenPart(A, 'one');
  expect(list.takenPart().map(({ id }) => id)).toEqual([A, B]);
});

test('what somebody else has written there is not taken', async () => {
  const good = { id: A, name: 'one', at: 1, going: false };
  const bad = [{ ...good, id: 'short' }, { ...good, at: 1e300 }, { ...good, name: 7 }, { ...good, going: 'yes' }, null];
  cells.set('mesh-projects', JSON.stringify([good, ...bad]));
  expect((await opened()).takenPart()).toEqual([good]);
  cells.set('mesh-projects', '{');
  vi.resetModules();
  expect((await opened()).takenPart()).toEqual([]);
});

test('no more than a hundred are kept', async () => {
  const list = await opened();
  for (let i = 0; i < 105; i++) list.noteTakenPart(String(i).padStart(43, 'x') as Hash, String(i));
  expect(list.takenPart()).toHaveLength(100);
  expect(list.takenPart()[0]!.name).toBe('104');
});
