/** The shapes of the budget ledger's records: data alone. How they chain is budget-chain.ts, what they add up to budget-tally.ts. */
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
  /** d, the numbers of one update, and the grid they lie on: for accountants of the noise that really runs. Older records lack them. */
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
  /** From here on one account, under any of these names: its bill is what all of them paid, together. */
  accounts: z.array(name).check(z.minLength(2), z.maxLength(LEDGER_ACCOUNTS_PER_RECORD_MAX)),
});
const importBody = z.strictObject({
  kind: z.literal('import'),
  ...link,
  /** The ledger that was counted in, by its key, and how far: its head, and its records up to there. */
  from: z.string().check(z.length(44), z.regex(/^[\w-]+$/)),
  head: hash,
  count,
  items: z
    .array(
      z.strictObject({
        /** Null for every account of this ledger: which rows the other one meant cannot be told here. */
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
  /** Updates of this device that a federation's certified records have and this ledger did not: each cost a round, for every account. */
  fed: hash,
  ...mechanism,
  updates: z.array(hash).check(z.minLength(1), z.maxLength(LEDGER_ITEMS_PER_RECORD_MAX)),
});
const agreeBody = z.strictObject({
  kind: z.literal('agree'),
  ...link,
  /** What was agreed to in a federation, before anything is paid for there: an account, a limit, and the rounds that it buys in all. */
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
   * left: nothing more of this device goes to the federation. checked: all of its records were read after this ledger was found to be older
   * than they are. waived: its owner does not count what it may have cost beyond what is known.
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
