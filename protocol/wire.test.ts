import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VoteBody } from './agreement/messages.ts';
import { encode, equalBytes, type Hash } from './codec.ts';
import { ERRORS, MeshError } from './errors.ts';
import type { PeerId, Signed } from './identity.ts';
import {
  ATTESTS_MAX,
  CONTRIBUTORS_MAX,
  MESH_MESSAGE_BYTES_MAX,
  PARAMETERS_MAX,
  SEATS_MAX,
  SIGNAL_FRAME_BYTES_MAX,
  STATE_BYTES_MAX,
} from './limits.ts';
import type { AttestBody, ChangeMessage, GroupSum, Lock, RecordBody, RoundMessage } from './round/messages.ts';
import { decodeMesh, encodeMesh, parseClientMessage, parseServerMessage } from './wire.ts';
import { refusal } from './testing/refusal.ts';

const hash = (n: number) => String(n).padStart(43, 'h') as Hash;
const peer = (n: number) => String(n).padStart(44, 'p') as PeerId;
const signed = <B extends { readonly t: string }>(body: B, n = 0): Signed<B> => ({ body, by: peer(n), sig: new Uint8Array(64).fill(n) });
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const slot = { fed: hash(1), epoch: 0, round: 3 };

const recordOf = (members: number): RecordBody => ({
  t: 'record',
  ...slot,
  kind: 'model',
  base: hash(2),
  from: { state: hash(6), round: 2 },
  state: hash(3),
  stateRound: 3,
  models: 2,
  kernel: 'mean/1',
  contributions: many(members, (i) => ({
    kind: 'update',
    member: peer(i),
    attempt: 0,
    vector: hash(i),
    ledger: hash(99),
    sig: new Uint8Array(64),
  })),
});
const groupSum: GroupSum = { kind: 'group-sum', group: 1, attempt: 2, members: 7, vector: hash(7), senders: 8, root: hash(8) };
const vote = (t: 'prepare' | 'commit', n: number): Signed<VoteBody> => signed({ t, ...slot, view: 2, record: hash(4) }, n);
const attest = (n: number): Signed<AttestBody> => signed({ t: 'attest', ...slot, record: hash(4) }, n);
const lockOf = (members: number, seats: number): Lock => ({
  view: 1,
  record: recordOf(members),
  prepares: many(seats, (i) => vote('prepare', i)),
  attests: many(ATTESTS_MAX, attest),
});
const change = (n: number, lock: Lock): ChangeMessage => ({
  t: 'change',
  signed: signed({ t: 'change', ...slot, view: 2, lock: { view: 1, record: hash(4) } }, n),
  lock,
});
const proposal = (members: number, seats: number): Extract<RoundMessage, { t: 'propose' }> => ({
  t: 'propose',
  signed: signed({ t: 'propose', ...slot, view: 2, record: hash(4) }),
  record: recordOf(members),
  changes: many(seats, (i) => change(i, lockOf(members, seats))),
});

/** One or more of every kind. */
const MESSAGES: { readonly [K in RoundMessage['t']]: readonly Extract<RoundMessage, { t: K }>[] } = {
  status: [{ t: 'status', ...slot, head: hash(5), state: hash(6), phase: 'training', joined: 4, seat: true }],
  join: [{ t: 'join', signed: signed({ t: 'join', ...slot, state: hash(6) }) }],
  open: [{ t: 'open', signed: signed({ t: 'open', ...slot, view: 0, state: hash(6), members: many(3, peer) }) }],
  update: [
    {
      t: 'update',
      vector: new Uint8Array(4 * 1000),
      signed: signed({ t: 'update', fed: hash(1), epoch: 0, attempt: 0, state: hash(6), stateRound: 2, vector: hash(7), ledger: hash(8) }),
    },
  ],
  ack: [{ t: 'ack', fed: hash(1), update: hash(7) }],
  propose: [
    {
      t: 'propose',
      signed: signed({ t: 'propose', ...slot, view: 0, record: hash(4) }),
      record: { ...recordOf(0), kind: 'skip' },
      changes: [],
    },
    proposal(2, 2),
  ],
  attest: [{ t: 'attest', signed: attest(1) }],
  vote: [
    { t: 'vote', signed: vote('prepare', 1), attests: [] },
    { t: 'vote', signed: vote('commit', 1), attests: [attest(1), attest(2)] },
  ],
  change: [change(1, lockOf(2, 2)), { t: 'change', signed: signed({ t: 'change', ...slot, view: 1, lock: null }), lock: null }],
  record: [
    { t: 'record', certified: { record: recordOf(2), commits: many(2, (i) => vote('commit', i)), attests: [attest(1)] } },
    { t: 'record', certified: { record: { ...recordOf(0), contributions: [groupSum] }, commits: [], attests: [] } },
  ],
  done: [{ t: 'done', signed: signed({ t: 'done', fed: hash(1), epoch: 0, stateRound: 2 }) }],
  want: [
    { t: 'want', fed: hash(1), what: 'head', hash: null },
    { t: 'want', fed: hash(1), what: 'state', hash: hash(6) },
  ],
  state: [{ t: 'state', fed: hash(1), hash: hash(6), bytes: new Uint8Array(1000) }],
  refuse: [{ t: 'refuse', fed: hash(1), code: 'stale', about: hash(7), field: 'state' }],
};
const ALL: RoundMessage[] = Object.values(MESSAGES).flat();

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof MeshError) return error.code;
    throw error;
  }
}

/** Every path into a message, to its maps' fields and one item of each list. */
function paths(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const keys: (string | number)[] = Array.isArray(value) ? (value.length > 0 ? [0] : []) : Object.keys(value);
  return keys.flatMap((key) => [[...at, key], ...paths((value as never)[key], [...at, key])]);
}

function mutate(message: RoundMessage, path: readonly (string | number)[], how: (holder: never, key: string | number) => void): unknown {
  const copy = structuredClone(message) as never;
  how(
    path.slice(0, -1).reduce((at: never, key) => at[key as never], copy),
    path.at(-1)!,
  );
  return copy;
}

describe('mesh messages', () => {
  it.each(ALL.map((m, i) => [`${m.t} ${i}`, m] as const))('come back from their bytes: %s', (_, message) => {
    const bytes = encodeMesh(message);
    const again = decodeMesh(bytes);
    expect(again).toEqual(message);
    expect(equalBytes(encodeMesh(again), bytes)).toBe(true);
  });

  it('of the largest kinds fit', () => {
    const largest = proposal(CONTRIBUTORS_MAX, SEATS_MAX);
    expect(decodeMesh(encodeMesh(largest))).toEqual(largest);
    const vector = new Uint8Array(PARAMETERS_MAX * 4);
    const [update] = MESSAGES.update;
    expect(decodeMesh(encodeMesh({ ...update!, vector })).t).toBe('update');
    const [state] = MESSAGES.state;
    expect(decodeMesh(encodeMesh({ ...state!, bytes: new Uint8Array(STATE_BYTES_MAX) })).t).toBe('state');
    expect(codeOf(() => decodeMesh(encode({ ...state!, bytes: new Uint8Array(STATE_BYTES_MAX + 1) })))).toBe('field-invalid');
    expect(codeOf(() => decodeMesh(encode({ ...update!, vector: new Uint8Array(PARAMETERS_MAX * 4 + 1) })))).toBe('field-invalid');
  });

  it('without any one field, or with one too many in any map, are refused', () => {
    for (const message of ALL) {
      for (const path of paths(message)) {
        const holder = path.slice(0, -1).reduce((at: unknown, key) => (at as never)[key], message as unknown);
        if (Array.isArray(holder)) continue;
        const without = mutate(message, path, (at, key) => void delete at[key as never]);
        expect(
          codeOf(() => decodeMesh(encode(without))),
          `${message.t} without ${path.join('.')}`,
        ).toBe('field-invalid');
        const more = mutate(message, path, (at) => Object.assign(at as object, { extra: 1 }));
        expect(
          codeOf(() => decodeMesh(encode(more))),
          `${message.t} with more beside ${path.join('.')}`,
        ).toBe('field-invalid');
      }
    }
  });

  it('with any one value replaced by one of another type are refused or still canonical', () => {
    const strange = fc.constantFrom<unknown>(
      null,
      true,
      -1,
      0.5,
      2 ** 53 - 1,
      '',
      'x',
      'x'.repeat(43),
      new Uint8Array(3),
      [],
      {},
      [[]],
      'prepare',
    );
    const index = fc.nat(10_000);
    fc.assert(
      fc.property(fc.constantFrom(...ALL), index, strange, (message, at, value) => {
        const all = paths(message);
        const bytes = encode(mutate(message, all[at % all.length]!, (holder, key) => void (holder[key as never] = value as never)));
        let decoded: ReturnType<typeof decodeMesh>;
        try {
          decoded = decodeMesh(bytes);
        } catch (error) {
          return void refusal(error);
        }
        expect(equalBytes(encodeMesh(decoded), bytes)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('longer than their lists may be are refused', () => {
    const [open] = MESSAGES.open;
    const members = many(CONTRIBUTORS_MAX + 1, peer);
    expect(codeOf(() => decodeMesh(encode({ ...open, signed: signed({ ...open!.signed.body, members }) })))).toBe('field-invalid');
    const [certified] = MESSAGES.record;
    const commits = many(SEATS_MAX + 1, (i) => vote('commit', i));
    expect(codeOf(() => decodeMesh(encode({ t: 'record', certified: { ...certified!.certified, commits } })))).toBe('field-invalid');
  });

  it('with a signature, hash or number outside its range are refused', () => {
    const [join] = MESSAGES.join;
    const body = join!.signed.body;
    const bad: unknown[] = [
      { ...join, signed: { ...join!.signed, sig: new Uint8Array(63) } },
      { ...join, signed: { ...join!.signed, by: `${'p'.repeat(43)}=` } },
      { ...join, signed: signed({ ...body, fed: 'h'.repeat(42) }) },
      { ...join, signed: signed({ ...body, round: -1 }) },
      { ...join, signed: signed({ ...body, round: 1.5 }) },
      { ...join, signed: signed({ ...body, round: 2 ** 49 }) },
      { ...join, signed: signed({ ...body, t: 'done' }) },
      { ...join, t: 'leave' },
      { t: '__proto__' },
      { t: 'constructor' },
    ];
    for (const message of bad) expect(codeOf(() => decodeMesh(encode(message)))).toBe('field-invalid');
  });

  it('that are bytes of a stranger are refused with a MeshError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void expect(codeOf(() => decodeMesh(bytes))).not.toBeNull()),
      { numRuns: 1000 },
    );
    const good = encodeMesh(MESSAGES.vote[1]!);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (turns) => {
        const bytes = good.slice();
        for (const [at, to] of turns) bytes[at] = to;
        codeOf(() => decodeMesh(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a value that is no map', 'f6'],
    ['an empty map', 'a0'],
    ['a GB of bytes', 'a161745a40000000'],
    ['2^32 fields', 'bb0000000100000000'],
  ])('that are %s are refused', (_, hex) => {
    expect(codeOf(() => decodeMesh(new Uint8Array(Buffer.from(hex, 'hex'))))).toMatch(/^(frame-malformed|field-invalid)$/);
  });

  it('above the limit are refused by their length', () => {
    expect(codeOf(() => decodeMesh(new Uint8Array(MESH_MESSAGE_BYTES_MAX + 1)))).toBe('frame-too-large');
  });
});

describe('frames of the signaling socket', () => {
  const hello = {
    t: 'hello',
    versions: [1, 1],
    features: ['mailbox'],
    room: hash(1),
    id: peer(1),
    sig: 'S'.repeat(86),
    resume: null,
  };
  const toServer: Record<string, unknown>[] = [
    hello,
    { ...hello, resume: 'token' },
    { t: 'signal', to: peer(2), data: { type: 'offer', sdp: 'v=0' } },
    { t: 'ping' },
  ];
  const toClient: Record<string, unknown>[] = [
    { t: 'challenge', nonce: 'n'.repeat(43), versions: [1, 1] },
    { t: 'welcome', version: 1, features: [], peers: [peer(2)], resume: 'r', resumed: false },
    { t: 'peer-joined', peer: peer(2) },
    { t: 'peer-left', peer: peer(2) },
    { t: 'signal', from: peer(2), data: null },
    { t: 'pong' },
    { t: 'refused', code: 'room-full' },
    { t: 'refused', code: 'field-invalid', field: 'id', expected: 'a point' },
  ];
  const directions = [
    ['client', toServer, parseClientMessage],
    ['server', toClient, parseServerMessage],
  ] as const;

  it.each(directions)('from the %s are read as they are', (_, list, parse) => {
    for (const message of list) expect(parse(JSON.stringify(message))).toEqual(message);
  });

  it.each(directions)('from the %s with a field too few or too many are refused', (_, list, parse) => {
    for (const message of list) {
      expect(codeOf(() => parse(JSON.stringify({ ...message, extra: 1 })))).toBe('field-invalid');
      expect(
        codeOf(() => parse(`{"__proto__":{"t":"ping"},${JSON.stringify(message).slice(1)}`)),
        'a __proto__ field',
      ).toBe('field-invalid');
      for (const key of Object.keys(message)) {
        const { [key]: _gone, ...rest } = message;
        // A refusal may be without its details, and JSON has no way to say that data is undefined.
        if (key === 'field' || key === 'expected' || key === 'data') continue;
        expect(
          codeOf(() => parse(JSON.stringify(rest))),
          `${String(message['t'])} without ${key}`,
        ).toBe('field-invalid');
      }
    }
  });

  it.each(directions)('of a stranger are refused with a MeshError: %s', (_, list, parse) => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (frame) => void expect(codeOf(() => parse(frame))).not.toBeNull()),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...list), fc.nat(20), fc.jsonValue(), (message, at, value) => {
        const keys = Object.keys(message);
        codeOf(() => parse(JSON.stringify({ ...message, [keys[at % keys.length]!]: value })));
      }),
      { numRuns: 500 },
    );
  });

  it('above the limit, or nested to the limit, do no harm', () => {
    expect(codeOf(() => parseClientMessage(`"${'x'.repeat(SIGNAL_FRAME_BYTES_MAX)}"`))).toBe('frame-too-large');
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    expect(codeOf(() => parseClientMessage(deep))).toBe('field-invalid');
    expect(codeOf(() => parseClientMessage('{'.repeat(60_000)))).toBe('frame-malformed');
  });

  it('of every error code can be told to a client', () => {
    for (const code of Object.keys(ERRORS))
      expect(parseServerMessage(JSON.stringify({ t: 'refused', code }))).toEqual({ t: 'refused', code });
  });
});
