/** The shapes of the budget ledger's records, and nothing else. budget-chain.ts chains them; budget-tally.ts adds them up. */
import * as z from 'zod/mini';
import type { Hash } from '../../codec.ts';
import type { PeerId } from '../../identity.ts';
import { LEDGER_ACCOUNTS_PER_RECORD_MAX, LEDGER_ITEMS_PER_RECORD_MAX } from '../../limits.ts';
import { MECHANISM, ADJACENCY } from './statement.ts';

z.config({ jitless: true });

const hash = z.string().check(z.length(43), z.regex(/^[\w-]+$/));
const count = z.int().check(z.gte(0));
const name = z.string().check(z.minLength(1), z.maxLength(256));
const link = { seq: count, prev: hash };
const mechanism = {
  rate: z.number().check(z.gte(0), z.lte(1)),
  sigma: z.number().check(z.gte(0)),
  /** d, the numbers in one update, and their grid: accountants of the actual noise need both. Older records lack them. */
  coordinates: z.optional(z.int().check(z.gte(1))),
  gridBits: z.optional(z.int().check(z.gte(1), z.lte(31))),
};

const terms = {
  /** Whose budget: one account for one set of rows, in whatever federation they are used. */
  account: name,
  fed: hash,
  /** The model state that the round trains on, and the round that made it. */
  state: hash,
  stateRound: count,
  unit: z.enum(['example', 'group']),
  ...mechanism,
  clip: z.number().check(z.gt(0)),
  delta: z.number().check(z.gt(0), z.lt(1)),
};
export const requestShape = z.strictObject(terms);
const reserveBody = z.strictObject({
  kind: z.literal('reserve'),
  ...link,
  ...terms,
  mechanism: z.literal(MECHANISM),
  relation: z.literal(ADJACENCY),
  rounds: z.literal(1),
});
const releaseBody = z.strictObject({
  kind: z.literal('release'),
  ...link,
  /** `seq` of the reservation that paid. */
  reservation: count,
  /** SHA-256 of the vector. */
  update: hash,
});
const mergeBody = z.strictObject({
  kind: z.literal('merge'),
  ...link,
  /** From here on these names are one account: its bill is what all of them paid together. */
  accounts: z.array(name).check(z.minLength(2), z.maxLength(LEDGER_ACCOUNTS_PER_RECORD_MAX)),
});
const importBody = z.strictObject({
  kind: z.literal('import'),
  ...link,
  /** The ledger that was counted in: its key, its head, and its records up to there. */
  from: z.string().check(z.length(44), z.regex(/^[\w-]+$/)),
  head: hash,
  count,
  items: z
    .array(
      z.strictObject({
        /** Null stands for every account of this ledger: nobody here can tell which rows the other one meant. */
        account: z.nullable(name),
        ...mechanism,
        rounds: z.int().check(z.gte(1)),
      }),
    )
    .check(z.maxLength(LEDGER_ITEMS_PER_RECORD_MAX)),
});
const witnessBody = z.strictObject({
  kind: z.literal('witness'),
  ...link,
  /** This device's updates that a federation's certified records show and this ledger lacked: each costs every account a round. */
  fed: hash,
  ...mechanism,
  updates: z.array(hash).check(z.minLength(1), z.maxLength(LEDGER_ITEMS_PER_RECORD_MAX)),
});
const agreeBody = z.strictObject({
  kind: z.literal('agree'),
  ...link,
  /** What was agreed to in a federation before anything was paid for there: an account, a limit, and the total rounds it buys. */
  account: name,
  fed: hash,
  /** As its founder named it, for people. */
  title: z.string().check(z.maxLength(80)),
  epsilon: z.number().check(z.gt(0)),
  ...mechanism,
  rounds: count,
});
const settleBody = z.strictObject({
  kind: z.literal('settle'),
  ...link,
  /**
   * left: this device sends nothing more to the federation. checked: all of its records were read after this ledger turned out to be older
   * than they are. waived: the owner chose not to count unknown costs.
   */
  fed: hash,
  why: z.enum(['left', 'checked', 'waived']),
});
export const recordBody = z.discriminatedUnion('kind', [
  reserveBody,
  releaseBody,
  mergeBody,
  importBody,
  witnessBody,
  agreeBody,
  settleBody,
]);

interface Seal {
  /** The id of all other fields but the two below. */
  readonly hash: Hash;
  /** The ledger's key, and its signature of `hash`, 64 bytes in base64url. */
  readonly by?: PeerId;
  readonly sig?: string;
}
export type BudgetRequest = z.infer<typeof requestShape>;
export type Reservation = z.infer<typeof reserveBody> & Seal;
export type Release = z.infer<typeof releaseBody> & Seal;
export type Merge = z.infer<typeof mergeBody> & Seal;
export type Import = z.infer<typeof importBody> & Seal;
export type Witness = z.infer<typeof witnessBody> & Seal;
export type Agreement = z.infer<typeof agreeBody> & Seal;
export type Settlement = z.infer<typeof settleBody> & Seal;
/** Plain JSON data. */
export type BudgetRecord = Reservation | Release | Merge | Import | Witness | Agreement | Settlement;
