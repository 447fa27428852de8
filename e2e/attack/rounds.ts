/** Attacks on rounds: members and strangers that join, flood, stay silent or say two things, to stop the rounds of others. */
import { hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { UpdateBody } from '#protocol/round/messages';
import type { Arena } from './arena.ts';
import { slowing, type Attack } from './attack.ts';
import type { Stranger } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';

/** The slot that is open and the state it goes on from, as a seat tells it. */
export interface Slot {
  readonly round: number;
  readonly state: Hash;
  readonly stateRound: number;
}

/** Calls back at every new slot of a federation, once the seat or a record tells of it. */
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

/** An update of this stranger's from the slot's state, within every bound: zeros, and one number that tells it from others. */
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

export const attacks: readonly Attack[] = [
  {
    name: 'silent-joiner',
    finding: 'silent joiner, one key: 120 → 6.7 models a minute',
    held: false,
    without: [],
    ...slowing(async (arena) => {
      const joiner = await joinEvery(arena, ELSEWHERE);
      return () => joiner.close();
    }),
  },
];
