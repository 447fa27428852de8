/**
 * How many updates of each member are in a federation's certified models, and how their costs are distributed (prices.ts computes them). It
 * counts public records and asks nobody for anything. It does not include rounds that a device paid for without a resulting model, or what
 * its rows paid elsewhere: those numbers never leave a device.
 */
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { RECORDS_PER_ANSWER_MAX } from '#protocol/limits';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Log } from './log.ts';
import { damagedRemedy, membersIn } from './stored-records.ts';
import type { Store } from './store/store.ts';

/** Figures about fewer people than this are not told. */
const PEOPLE_MIN = 10;
/** Of the budget: E10. */
const NEAR_SHARE = 0.8;
const BUCKETS = 10;

export interface Contributions {
  /**
   * Members by the number of their updates in models. Reads the records since the last call.
   * @returns null from the first damaged record on: a count without it would understate what members paid
   */
  of(fed: Hash): Promise<ReadonlyMap<PeerId, number> | null>;
}

interface Count {
  readonly members: Map<PeerId, number>;
  /** The next round to read; null once reading has stopped for good. */
  next: number | null;
  /** Settles once the last caller has been answered. */
  turn: Promise<void>;
}

export function contributionsOf(store: Pick<Store, 'records'>, log: Pick<Log, 'error'>): Contributions {
  const counts = new Map<Hash, Count>();
  const catchUp = async (fed: Hash, count: Count): Promise<void> => {
    while (count.next !== null) {
      const records = await store.records(fed, count.next, RECORDS_PER_ANSWER_MAX);
      if (records.length === 0) return;
      for (const stored of records) {
        const members = membersIn(stored);
        if (members === null) {
          count.next = null;
          const { round } = stored;
          log.error(
            { federation: fed, round, remedy: damagedRemedy(fed) },
            'a record is damaged: updates of its federation are not counted',
          );
          return;
        }
        for (const member of members) count.members.set(member, (count.members.get(member) ?? 0) + 1);
        count.next = stored.round + 1;
      }
    }
  };
  return {
    async of(fed) {
      const count: Count = counts.get(fed) ?? { members: new Map(), next: 0, turn: Promise.resolve() };
      counts.set(fed, count);
      // One after another: two counts of one record would be a round too many.
      const mine = count.turn.then(() => catchUp(fed, count));
      count.turn = mine.catch(() => {}); // if the store failed, the next caller continues from there
      await mine;
      return count.next === null ? null : count.members;
    },
  };
}

export interface SpentHere {
  readonly people: number;
  /** Members by the cost of their updates, up to a bound; null is beyond the federation's budget. */
  readonly histogram: readonly { readonly atMost: number | null; readonly people: number }[];
  /** Members whose updates cost at least 80 % of the budget. */
  readonly nearBudget: number;
}

/** @param cost of a number of rounds @returns null for fewer than ten people, or if their updates were not counted */
export function spentHere(
  { epsilon }: ManifestBody['privacy'],
  members: ReadonlyMap<PeerId, number> | null,
  cost: (rounds: number) => number | null,
): SpentHere | null {
  if (members === null || members.size < PEOPLE_MIN) return null;
  const bounds = Array.from({ length: BUCKETS }, (_, i) => Number(((epsilon * (i + 1)) / BUCKETS).toPrecision(6)));
  const people = Array.from({ length: BUCKETS + 1 }, () => 0);
  let nearBudget = 0;
  for (const [rounds, count] of tallied(members)) {
    const spent = cost(rounds);
    if (spent === null) return null;
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
