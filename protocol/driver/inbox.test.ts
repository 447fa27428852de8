/** Who may make a peer check signatures, and how many at a time. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, verifySigned, type Identity, type PeerId } from '#protocol/identity';
import { MeshError } from '#protocol/errors';
import { WANTS_BURST } from '#protocol/limits';
import { decodeMesh, encodeMesh } from '#protocol/wire';
import { Allowances } from './allowance.ts';
import { Inbox } from './inbox.ts';

const FED = 'F'.repeat(43) as Hash;
let member: Identity;
let good: Uint8Array;
let bad: Uint8Array;

beforeAll(async () => {
  member = await identityOf(await generateKeyPair(false));
  const signed = await signBody(member, { t: 'join', fed: FED, epoch: 0, round: 1, state: FED } as const);
  good = encodeMesh({ t: 'join', signed });
  bad = encodeMesh({ t: 'join', signed: { ...signed, sig: new Uint8Array(64) } });
});

const strangers = (count: number): PeerId[] => Array.from({ length: count }, (_, i) => `s${i}-`.padEnd(44, 'x') as PeerId);

function inbox(isRelevant = true): {
  inbox: Inbox;
  heard: PeerId[];
  guilty: PeerId[];
  told: PeerId[];
  pass: (ms: number) => void;
  rest: () => Promise<void>;
} {
  let now = 0;
  const checks = { running: 0 };
  const [heard, guilty, told]: [PeerId[], PeerId[], PeerId[]] = [[], [], []];
  return {
    inbox: new Inbox({
      allowances: new Allowances(() => now),
      decode: decodeMesh,
      verify: (signed) => (checks.running++, verifySigned(signed).finally(() => checks.running--)),
      isRelevant: () => isRelevant,
      refusal: () => new MeshError('stale'),
      hasStanding: (peer) => peer === member.id,
      onMessage: (from) => void heard.push(from),
      onRefused: (from, _error, _about, isGuilty) => void (isGuilty ? guilty : told).push(from),
      onFault: (error) => expect.unreachable(error.message),
    }),
    heard,
    guilty,
    told,
    pass: (ms) => void (now += ms),
    rest: async () => {
      do await new Promise((resolve) => setTimeout(resolve, 1));
      while (checks.running > 0);
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

describe('signature checks', () => {
  it('of strangers take a quarter of those at a time, a few each, and the rest is for members', async () => {
    const { inbox: way, heard, rest } = inbox();
    const many = strangers(400);
    for (const from of many) for (let i = 0; i < 50; i++) way.receive(from, good);
    for (let i = 0; i < 50; i++) way.receive(member.id, good);
    await rest();
    expect(heard.filter((from) => from === member.id)).toHaveLength(50);
    const ofStrangers = heard.filter((from) => from !== member.id);
    expect(ofStrangers).toHaveLength(128);
    expect(new Set(ofStrangers).size).toBe(32);
    way.receive(many[399]!, good); // the room of those is free again
    await rest();
    expect(heard).toHaveLength(179);
  });

  it('that fail cost their key: it is not heard for a minute, whether it leaves or stays', async () => {
    const { inbox: way, heard, guilty, pass, rest } = inbox();
    const [from, other] = strangers(2) as [PeerId, PeerId];
    way.receive(from, bad);
    await rest();
    expect(guilty).toEqual([from]);
    for (let i = 0; i < 100; i++) way.receive(from, i % 2 === 0 ? bad : good);
    way.receive(other, good);
    await rest();
    expect(guilty).toEqual([from]);
    expect(heard).toEqual([other]);
    pass(60_001);
    way.receive(from, good);
    await rest();
    expect(heard).toEqual([other, from]);
  });
});

describe('answers to one peer', () => {
  it('are as few as its questions, whether it asks or sends what is of no use', async () => {
    const [from] = strangers(1) as [PeerId];
    const want = encodeMesh({ t: 'want', fed: FED, what: 'head', hash: null });
    for (const isRelevant of [true, false]) {
      const { inbox: way, heard, told, rest } = inbox(isRelevant);
      for (let i = 0; i < 5 * WANTS_BURST; i++) {
        way.receive(from, isRelevant ? want : good);
        if (i % 4 === 0) await rest();
      }
      await rest();
      expect((isRelevant ? heard : told).length).toBeGreaterThan(0);
      expect((isRelevant ? heard : told).length).toBeLessThanOrEqual(WANTS_BURST + 1);
    }
  });
});
