/**
 * How many updates of each member are in a federation's certified models, and how their cost is spread (prices.ts says the cost). It is
 * counted from the records, which anybody can fetch and count: nobody is asked for anything. Rounds that a device paid for and that ended
 * in no model are not in it, nor anything that its rows paid for elsewhere: those numbers never leave a device.
 */
import { decode, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { RECORDS_PER_ANSWER_MAX } from '#protocol/limits';
import type { ManifestBody } from '#protocol/manifest';
import type { CertifiedRecord } from '#protocol/round/messages';
import { updatesIn } from '#protocol/round/records';
import type { Store } from './store/store.ts';

/** Figures about fewer people than this are not told. */
export const PEOPLE_MIN = 10;
/** Of the budget: E10. */
const NEAR_SHARE = 0.8;
const BUCKETS = 10;

export interface Contributions {
  /** Members by the number of their updates in models. Reads the records since the last call. */
  of(fed: Hash): Promise<ReadonlyMap<PeerId, number>>;
}

interface Counted {
  readonly members: Map<PeerId, number>;
  /** The next round to read. */
  next: number;
}

export function contributionsOf(store: Pick<Store, 'records'>): Contributions {
  const federations = new Map<Hash, Promise<Counted>>();
  const goOn = async (fed: Hash, { members, next }: Counted): Promise<Counted> => {
    for (let from = next; ;) {
      const records = await store.records(fed, from, RECORDS_PER_ANSWER_MAX);
      for (const { bytes } of records) {
        for (const { member } of updatesIn((decode(bytes) as CertifiedRecord).record)) {
          members.set(member, (members.get(member) ?? 0) + 1);
        }
      }
      if (records.length === 0) return { members, next: from };
      from = records.at(-1)!.round + 1;
    }
  };
  return {
    async of(fed) {
      // One after another: two counts of one record would be a round too many.
      const before = federations.get(fed) ?? Promise.resolve({ members: new Map(), next: 0 });
      const counted = before.then((so) => goOn(fed, so));
      federations.set(fed, counted);
      counted.catch(() => federations.delete(fed)); // half of an answer may be counted: begin anew
      return (await counted).members;
    },
  };
}

export interface SpentHere {
  readonly people: number;
  /** Members by what their updates cost at most; null is more than the federation's budget. */
  readonly histogram: readonly { readonly atMost: number | null; readonly people: number }[];
  /** Members whose updates cost at least 80 % of the budget. */
  readonly nearBudget: number;
}

/** @param cost of a number of rounds @returns null for fewer than ten people */
export function spentHere(
  { epsilon }: ManifestBody['privacy'],
  members: ReadonlyMap<PeerId, number>,
  cost: (rounds: number) => number,
): SpentHere | null {
  if (members.size < PEOPLE_MIN) return null;
  const bounds = Array.from({ length: BUCKETS }, (_, i) => Number(((epsilon * (i + 1)) / BUCKETS).toPrecision(6)));
  const people = Array.from({ length: BUCKETS + 1 }, () => 0);
  let nearBudget = 0;
  for (const [rounds, count] of tallied(members)) {
    const spent = cost(rounds);
    const at = bounds.findIndex((bound) => spent <= bound);
    people[at === -1 ? BUCKETS : at]! += count;
    if (spent >= NEAR_SHARE * epsilon) nearBudget += count;
  }
  const histogram = people.map((n, i) => ({ atMost: bounds[i] ?? null, people: n }));
  return { people: members.size, histogram, nearBudget };
}

/** People by their number of rounds. */
function tallied(members: ReadonlyMap<PeerId, number>): Map<number, number> {
  const by = new Map<number, number>();
  for (const rounds of members.values()) by.set(rounds, (by.get(rounds) ?? 0) + 1);
  return by;
}
