/**
 * A stand-in for the founder's thread, only for tests of the page: gives prepared answers and records its calls. It reads no file, prices
 * no policy and publishes nothing.
 */
import type { Hash } from '#protocol/codec';
import type { Result } from '#workers/api';
import type { ColumnGuess, FoundingDraft, FoundingWorker, PicturesGuess, RecordingsGuess, SchemaGuess } from '#workers/founding/api';
import type { StartFounding } from '../state/founding/founding.ts';
import type { Reply } from './federation.ts';

export const PUBLISHED = 'newFederationNewFederationNewFederationNewF' as Hash;

export const RELAY = { id: 'A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW', region: 'here', address: null, publish: 'open' };
/** A relay without federations, with the responses that the founder's page needs. */
export const FRESH_RELAY: Readonly<Record<string, Reply>> = {
  '/api/relay': () => Response.json(RELAY),
  '/api/federations': () => Response.json([]),
};

const column = (guess: Partial<ColumnGuess> & Pick<ColumnGuess, 'proposed' | 'reason'>): ColumnGuess => ({
  distinct: 2,
  missing: 0,
  examples: ['a', 'b'],
  values: null,
  range: null,
  dates: null,
  sentinels: [],
  ...guess,
});

/** Four columns of passengers; the second is the answer. */
export const GUESS: SchemaGuess = {
  name: 'ships',
  rows: 50,
  total: 50,
  hasHeader: true,
  label: 1,
  group: null,
  columns: [
    column({ proposed: { kind: 'category', name: 'sex', values: ['f', 'm'], others: true }, reason: 'few-values', values: ['f', 'm'] }),
    column({
      proposed: { kind: 'category', name: 'saved', values: ['no', 'yes'], others: true },
      reason: 'few-values',
      values: ['no', 'yes'],
    }),
    column({
      proposed: { kind: 'number', name: 'age', min: 0, max: 80, typical: 28, missing: 'fill' },
      reason: 'numbers',
      range: { min: 0, max: 80, typical: 28 },
      missing: 3,
      distinct: 26,
    }),
    column({ proposed: { kind: 'ignored', name: 'ticket' }, reason: 'identifier', distinct: 50 }),
  ],
};

/** Walks with two sensors and a clock. */
export const RECORDINGS: RecordingsGuess = {
  name: 'walks',
  recordings: 40,
  lines: 2000,
  backwards: 0,
  channels: [
    { name: 'time', min: 0, max: 5000, typical: 2500, missing: 0, unread: 'clock', read: false },
    { name: 'front', min: -1, max: 1, typical: 0, missing: 2, unread: null, read: true },
    { name: 'side', min: 0, max: 200, typical: 20, missing: 0, unread: null, read: true },
  ],
  person: null,
  recording: 'walk',
  label: 'way',
  classes: ['left', 'right'],
  length: 32,
  hop: 16,
  windowsMax: 2,
};

/** Photographs of pets, in colour and brighter than the middle. */
const PICTURES: PicturesGuess = {
  name: 'pets',
  pictures: 30,
  label: 'label',
  classes: ['cat', 'dog'],
  width: 24,
  height: 24,
  colour: 'rgb',
  background: 'none',
  centre: [180, 160, 130],
};

export interface FakeFounding {
  /** Names of the calls, in order, with their arguments. */
  readonly asked: { readonly name: keyof FoundingWorker; readonly args: readonly unknown[] }[];
  /** Published drafts, in order. */
  drafts(): FoundingDraft[];
  /** Replaces the answer of one call. */
  answer<K extends keyof FoundingWorker>(
    name: K,
    reply: (...args: Parameters<FoundingWorker[K]>) => Awaited<ReturnType<FoundingWorker[K]>>,
  ): void;
  readonly start: StartFounding;
}

export function fakeFounding(): FakeFounding {
  const asked: { name: keyof FoundingWorker; args: readonly unknown[] }[] = [];
  const replies: Partial<Record<keyof FoundingWorker, (...args: never[]) => unknown>> = {};
  const call = <T>(name: keyof FoundingWorker, args: readonly unknown[], value: () => T): Promise<Result<T>> => {
    asked.push({ name, args: structuredClone(args) });
    const reply = replies[name] as ((...all: readonly unknown[]) => Result<T>) | undefined;
    return Promise.resolve(reply === undefined ? { ok: true, value: value() } : reply(...args));
  };
  const worker: FoundingWorker = {
    infer(file, progress) {
      progress?.(0.4);
      return call('infer', [file], () => GUESS);
    },
    stop: () => call('stop', [], () => null),
    inferRecordings: (files) => call('inferRecordings', [files], () => RECORDINGS),
    inferPictures: (files) => call('inferPictures', [files], () => PICTURES),
    quote: (task, policy, rowsTogether) =>
      call('quote', [task, policy, rowsTogether], () => ({
        rounds: 20,
        sigma: 12 / policy.epsilon,
        rate: 1,
        noiseShare: 0.04 / policy.epsilon,
        parameters: 10,
        updateBytes: 340,
        bytes: 71_000,
        rowsEpsilon: rowsTogether === undefined ? null : 9.7 * rowsTogether,
      })),
    rehearse: (draft) => call('rehearse', [draft], () => null),
    check: (draft) => call('check', [draft], () => []),
    publish: (draft, relay, code) => call('publish', [draft, relay, code], () => ({ id: PUBLISHED, waits: false })),
  };
  return {
    asked,
    drafts: () => asked.filter(({ name }) => name === 'publish').map(({ args }) => args[0] as FoundingDraft),
    answer: (name, reply) => void (replies[name] = reply as (...args: never[]) => unknown),
    start: () => ({ calls: worker, end() {} }),
  };
}
