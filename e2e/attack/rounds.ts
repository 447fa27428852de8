/** Attacks on rounds: members and strangers that join, flood, stay silent or say two things, to stop the rounds of others. */
import { hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { updateLength } from '#protocol/manifest/manifest';
import type { UpdateBody } from '#protocol/round/messages';
import type { Arena } from './arena.ts';
import { slowing, type Attack, type Cut } from './attack.ts';
import type { Stranger } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';

/** The open slot and its base state, as reported by a seat. */
export interface Slot {
  readonly round: number;
  readonly state: Hash;
  readonly stateRound: number;
}

/** Calls back at every new slot of a federation, once the seat or a record reports it. */
export function followSlots(stranger: Stranger, seat: PeerId, next: (slot: Slot) => void): void {
  let known = 0;
  stranger.on(({ from, message }) => {
    let slot: Slot | null = null;
    if (message.t === 'status' && from === seat) slot = { round: message.round, state: message.state, stateRound: message.round - 1 };
    else if (message.t === 'record') {
      const { round, state, stateRound } = message.certified.record;
      slot = { round: round + 1, state, stateRound };
    }
    if (slot === null || slot.round <= known) return;
    known = slot.round;
    next(slot);
  });
}

async function joinEvery(arena: Arena, address: string): Promise<Stranger> {
  const { federation } = await arena.honest();
  const { id: fed, seat } = federation;
  const stranger = await arena.stranger(fed, { address });
  followSlots(stranger, seat, ({ round, state }) => {
    void stranger.sign({ t: 'join', fed, epoch: 0, round, state }).then((signed) => stranger.send(seat, { t: 'join', signed }));
  });
  return stranger;
}

/** This stranger's update from the slot's state, within every bound: zeros, and one number that makes it unique. */
export async function updateOf(stranger: Stranger, fed: Hash, slot: Slot, bytes: number, mark = 1, ledger = mark) {
  const vector = new Uint8Array(bytes);
  new DataView(vector.buffer).setInt32(0, mark, true);
  const body: UpdateBody = {
    t: 'update',
    fed,
    epoch: 0,
    attempt: 0,
    state: slot.state,
    stateRound: slot.stateRound,
    vector: hashBytes(vector),
    ledger: hashBytes(Uint8Array.of(ledger)),
  };
  return { t: 'update' as const, signed: await stranger.sign(body), vector };
}

/** Calls back with the state of each round that lists this stranger. */
async function listed(stranger: Stranger, seat: PeerId, tell: (slot: Slot) => void): Promise<void> {
  let slot: Slot | null = null;
  followSlots(stranger, seat, (next) => (slot = next));
  stranger.on(({ message }) => {
    if (message.t !== 'open' || !message.signed.body.members.includes(stranger.id)) return;
    const { round, state } = message.signed.body;
    tell({ round, state, stateRound: slot?.state === state ? slot.stateRound : round - 1 });
  });
}

/** A contributor that sends the seat one update and everybody else another. */
async function twoTongues(arena: Arena, other: { readonly mark: number; readonly ledger: number }): Promise<() => void> {
  const { federation } = await arena.honest();
  const { id: fed, seat, body } = federation;
  const bytes = updateLength(body) * 4;
  const liar = await joinEvery(arena, ELSEWHERE);
  await listed(liar, seat, (slot) => {
    const both = [updateOf(liar, fed, slot, bytes, 1, 1), updateOf(liar, fed, slot, bytes, other.mark, other.ledger)] as const;
    void Promise.all(both).then(([one, another]) => {
      for (const peer of liar.peers) if (peer !== seat) liar.send(peer, another);
      liar.send(seat, one);
    });
  });
  return () => liar.close();
}

const WAITING: readonly Cut[] = [
  {
    file: 'protocol/round/standing.ts',
    find: 'if (lost(s) < standing.credit) return true;',
    put: 'return true;',
  },
  {
    file: 'protocol/round/standing.ts',
    find: '(s.standing.silent.get(id)?.until ?? 0) >= s.slot.round;',
    put: '(s.standing.silent.get(id)?.until ?? 0) > s.slot.round * 1e9;',
  },
];

export const attacks: readonly Attack[] = [
  {
    name: 'silent-joiner',
    finding: 'silent joiner, one key: 120 → 6.7 models a minute',
    held: false,
    without: WAITING,
    ...slowing(async (arena) => {
      const joiner = await joinEvery(arena, ELSEWHERE);
      return () => joiner.close();
    }),
  },
  {
    name: 'silent-sybils',
    finding: '40 silent Sybils from one address: 4 of 6 lists were 32 Sybils, nobody honest',
    held: false,
    without: [
      {
        file: 'protocol/round/standing.ts',
        find: '  const { maxContributors: places, minContributors, salt } = s.config;\n',
        put: '  const { maxContributors: places, minContributors, salt } = s.config;\n  if (places > 0) return [...joined].reverse().slice(0, places).sort();\n',
      },
      ...WAITING,
    ],
    ...slowing(async (arena) => {
      const joiners = await Promise.all(Array.from({ length: 40 }, () => joinEvery(arena, ELSEWHERE)));
      return () => joiners.forEach((joiner) => joiner.close());
    }),
  },
  {
    name: 'answers-too-late',
    finding: 'a member that answers each time when the round is over: every other round lasts to the deadline',
    held: false,
    without: [
      {
        file: 'protocol/round/standing.ts',
        find: 'if (standing.late.has(id) && isPatient) return true;',
        put: 'if (standing.late.has(id)) return true;',
      },
    ],
    ...slowing(async (arena) => {
      const { federation } = await arena.honest();
      const { id: fed, seat, body } = federation;
      const liars = await Promise.all([1, 2, 3].map(() => joinEvery(arena, ELSEWHERE)));
      for (const liar of liars) {
        let owed: (() => void) | null = null;
        await listed(liar, seat, (slot) => {
          const update = updateOf(liar, fed, slot, updateLength(body) * 4);
          owed = () => void update.then((late) => [1, 2, 3].forEach(() => liar.send(seat, late)));
        });
        followSlots(liar, seat, () => {
          owed?.();
          owed = null;
        });
      }
      return () => liars.forEach((liar) => liar.close());
    }),
  },
  {
    name: 'one-vector-two-ledgers',
    finding: 'one member, one vector, two ledger hashes: 504 models a minute → skips only, as long as it stays',
    held: false,
    without: [
      {
        file: 'protocol/round/collect/plain.ts',
        find: "return keepEquivocation(s, message) || refuse({ code: 'conflict', field: 'vector' });",
        put: "return keepEquivocation.length === 0 || refuse({ code: 'conflict', field: 'vector' });",
      },
    ],
    ...slowing((arena) => twoTongues(arena, { mark: 1, ledger: 2 })),
  },
  {
    name: 'second-updates',
    finding: 'second updates: one vector for the seat, another for everybody else',
    held: true,
    without: [
      {
        file: 'protocol/round/collect/plain.ts',
        find: '[collect.updates.get(c.member), ...collect.alternates.values()]',
        put: '[collect.updates.get(c.member)]',
      },
    ],
    ...slowing((arena) => twoTongues(arena, { mark: 2, ledger: 2 })),
  },
  {
    name: 'updates-of-the-unlisted',
    finding: 'updates of unlisted identities: 17–20 of 20 strangers’ were acknowledged and stored',
    held: false,
    without: [
      {
        file: 'protocol/round/collect/plain.ts',
        find: "return s.collect.updates.has(by) || isAwaited(s, by) ? null : { code: 'not-listed', field: 'member', isQuiet };",
        put: 'return null;',
      },
    ],
    async run(arena) {
      const { federation } = await arena.honest();
      const { id: fed, seat, body } = federation;
      const bytes = updateLength(body) * 4;
      const strangers = await Promise.all(Array.from({ length: 20 }, () => arena.stranger(fed, { address: ELSEWHERE })));
      const acknowledged = new Set<PeerId>();
      let sent = 0;
      for (const stranger of strangers) {
        stranger.on(({ message }) => void (message.t === 'ack' && acknowledged.add(stranger.id)));
        followSlots(stranger, seat, (slot) => {
          sent++;
          void updateOf(stranger, fed, slot, bytes).then((update) => stranger.send(seat, update));
        });
      }
      await arena.sleep(8000);
      return { succeeded: acknowledged.size > 0, evidence: { strangers: strangers.length, sent, acknowledged: acknowledged.size } };
    },
  },
  {
    name: 'bad-signatures',
    finding: 'bad-signature joins, 12 sockets: 92 → 10 models a minute',
    held: false,
    without: [
      { file: 'protocol/driver/inbox.ts', find: 'allowances.mute(from);', put: '' },
      { file: 'protocol/driver/inbox.ts', find: 'onRefused(from, error, bytes, true);', put: 'onRefused(from, error, bytes, false);' },
      {
        file: 'protocol/limits.ts',
        find: 'export const CHECKS_OF_STRANGERS_MAX = CHECKS_MAX / 4;',
        put: 'export const CHECKS_OF_STRANGERS_MAX = CHECKS_MAX;',
      },
      {
        file: 'protocol/limits.ts',
        find: 'export const CHECKS_PER_STRANGER_MAX = 4;',
        put: 'export const CHECKS_PER_STRANGER_MAX = CHECKS_PER_PEER_MAX;',
      },
    ],
    ...slowing(async (arena) => {
      const { federation } = await arena.honest();
      const { id: fed, seat } = federation;
      const state = { over: false };
      const strangers = await Promise.all(Array.from({ length: 12 }, () => arena.stranger(fed, { address: ELSEWHERE })));
      for (const stranger of strangers) {
        const good = await stranger.sign({ t: 'join', fed, epoch: 0, round: 1, state: hashBytes(new Uint8Array(1)) });
        const flood = async () => {
          for (let round = 1; !state.over && stranger.closed === null; round++) {
            stranger.send(seat, { t: 'join', signed: { ...good, body: { ...good.body, round } } });
            if (round % 40 === 0) await arena.sleep(5);
          }
        };
        void flood();
      }
      return () => {
        state.over = true;
        strangers.forEach((stranger) => stranger.close());
      };
    }),
  },
];
