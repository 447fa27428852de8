/**
 * The shape of a privacy report (report.ts): one plain value whose constant parts, such as what the guarantee does not cover, must be there
 * word for word. Not wording: the page has a sentence for each code.
 */
import * as z from 'zod/mini';
import { MeshError } from '../../errors.ts';
import { MECHANISM, ADJACENCY } from './statement.ts';

z.config({ jitless: true });

export const REPORT_VERSION = 2;

/** What the guarantee says nothing about. A report that leaves one out is refused. */
export const NOT_COVERED = ['participation', 'population', 'beyond-unit', 'other-places', 'stopping', 'device', 'page', 'storage'] as const;
/** Who gets what; `address` is the network address of the device. */
export const RECIPIENTS = [
  { who: 'relay', gets: ['updates', 'key', 'times', 'address'] },
  { who: 'members', gets: ['updates', 'key', 'times'] },
  { who: 'members-linked-directly', gets: ['updates', 'key', 'times', 'address'] },
] as const;
/** What is kept, where and how long. */
export const RETENTION = [
  'relay-records',
  'relay-models',
  'relay-updates',
  'relay-address',
  'members',
  'device-rows',
  'device-ledger',
] as const;
/** What leaving or withdrawing consent does not take back. */
export const CANNOT_UNDO = ['models', 'records', 'copies', 'budget'] as const;

const count = z.int().check(z.gte(0));
const hash = z.string().check(z.length(43), z.regex(/^[\w-]+$/));
const peer = z.string().check(z.length(44), z.regex(/^[\w-]+$/));
const text = (max: number) => z.string().check(z.maxLength(max));
const positive = z.number().check(z.gt(0));
/** Null: no bound at all. */
const epsilon = z.nullable(z.number().check(z.gte(0)));
const delta = z.number().check(z.gt(0), z.lt(1));
const unit = z.enum(['example', 'group']);
/** A constant part: it must be there as it is. */
const exactly = <T extends readonly unknown[]>(parts: T) =>
  z.custom<T>((value) => JSON.stringify(value) === JSON.stringify(parts), `${parts.map((part) => JSON.stringify(part)).join(', ')}`);

const phase = z.strictObject({
  /**
   * Rounds of the report's own federation, of others, or of another ledger that was counted in; held: what a federation may have cost beyond
   * what is known, since the ledger was restored and its records could not be read.
   */
  from: z.enum(['here', 'elsewhere', 'import', 'held']),
  /** Null for another ledger's rounds: what they protected is not known here, and a row of any unit is counted. */
  unit: z.nullable(unit),
  rate: z.number().check(z.gte(0), z.lte(1)),
  sigma: z.number().check(z.gte(0)),
  clip: z.nullable(positive),
  rounds: z.int().check(z.gte(1)),
  /** Numbers of one update, and grid steps per clip norm as a power of two; null where the ledger does not know them. */
  coordinates: z.nullable(z.int().check(z.gte(1))),
  gridBits: z.nullable(count),
});

const guarantee = z.strictObject({
  epsilon,
  delta,
  by: z.enum(['rdp', 'pld']),
  /** How sure anybody who starts at even odds can become that one unit took part. */
  probability: z.number().check(z.gte(0.5), z.lte(1)),
  rdp: z.strictObject({ epsilon, order: z.int().check(z.gte(2)), atEdge: z.boolean() }),
  pld: z.nullable(
    z.strictObject({ epsilon: z.number().check(z.gte(0)), error: z.number().check(z.gte(0)), distance: z.number().check(z.gte(0)) }),
  ),
  pldAbsent: z.nullable(z.enum(['nothing-spent', 'grid-unknown', 'not-smaller'])),
  /** What the loss distribution's figure supposes beyond the rest, so that it does not count; null where it counts. */
  pldSupposes: z.nullable(z.literal('settings-fixed-before')),
});

const body = z.strictObject({
  t: z.literal('privacy-report'),
  version: z.literal(REPORT_VERSION),
  /** Milliseconds since the epoch, by the device's clock; no figure depends on it. */
  at: count,
  /** Origin of the page that made it; the budget is counted there and in this browser only. */
  site: text(256),
  federation: z.strictObject({ id: hash, name: text(80), region: text(32), steward: peer, relays: z.array(peer).check(z.maxLength(32)) }),
  /** The key by which this federation's records know the device. */
  member: peer,
  account: z.string().check(z.minLength(1), z.maxLength(256)),
  ledger: z.strictObject({ head: hash, records: count }),
  unit,
  relation: z.literal(ADJACENCY),
  mechanism: z.literal(MECHANISM),
  /** Everything that the account has ever paid for, in any federation. */
  lifetime: z.strictObject({ rounds: count, federations: count, imports: count }),
  /** The policy that the federation was agreed to with, and the limit that its owner set; null when none is set now. */
  policy: z.strictObject({ epsilon: positive, delta, rounds: count }),
  limit: z.nullable(positive),
  phases: z.array(phase).check(z.maxLength(1024)),
  guarantee,
  left: z.strictObject({
    /** Of this federation: reservations, and those among them whose update is recorded as made. */
    paid: count,
    updates: count,
    updateBytes: count,
    /** Everything this device has sent for this federation since it was opened, including copies, votes and connection set-up. */
    visitBytes: count,
  }),
  recipients: exactly(RECIPIENTS),
  notCovered: exactly(NOT_COVERED),
  retention: exactly(RETENTION),
  cannotUndo: exactly(CANNOT_UNDO),
});

export type ReportPhase = z.infer<typeof phase>;
export type ReportGuarantee = z.infer<typeof guarantee>;
export type ReportBody = z.infer<typeof body>;

/** Shape only. @throws MeshError field-invalid with the path */
export function parseReportBody(input: unknown): ReportBody {
  const parsed = z.safeParse(body, input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new MeshError('field-invalid', { field: ['body', ...issue.path].join('.'), expected: issue.message });
}
