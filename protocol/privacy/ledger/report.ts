/**
 * The privacy report of one account of rows: what was paid for, what follows from it by every accountant that is valid, what left the
 * device, who got it, and what none of it covers. Plain data (report-shape.ts) that a page words, a person files and
 * `npm run prove -- privacy:validate` checks (report-check.ts). No measurement: every figure comes from the ledger, the manifest or the code that
 * sends.
 */
import type { Hash } from '../../codec.ts';
import type { PeerId } from '../../identity.ts';
import { seatsOf, updateLength, type Manifest } from '../../manifest/manifest.ts';
import { guaranteeOf } from '../accountants.ts';
import { head, heldBy, rootsOf, type Agreement, type Ledger } from './budget.ts';
import { filteredEpsilon } from '../filter.ts';
import { CANNOT_UNDO, NOT_COVERED, RECIPIENTS, REPORT_VERSION, RETENTION } from './report-shape.ts';
import type { ReportBody, ReportGuarantee, ReportPhase } from './report-shape.ts';
import { MECHANISM, probabilityBound, ADJACENCY } from './statement.ts';

/** What a ledger says about one account. */
export interface AccountFacts {
  readonly account: string;
  readonly ledger: ReportBody['ledger'];
  readonly unit: ReportBody['unit'];
  readonly lifetime: ReportBody['lifetime'];
  readonly phases: readonly ReportPhase[];
  readonly paid: number;
  readonly updates: number;
}

/** The account that paid last in a federation, for a device whose rows are no longer loaded; null when none did. */
export function lastAccountIn(ledger: Ledger, fed: Hash): string | null {
  const last = ledger.records.findLast((record) => record.kind === 'reserve' && record.fed === fed);
  return last?.kind === 'reserve' ? last.account : null;
}

/** The federation that a report is about. Its grid is that of its own rounds, where their records do not say so. */
export interface Subject {
  readonly fed: Hash;
  readonly unit: ReportBody['unit'];
  readonly coordinates: number | null;
  readonly gridBits: number | null;
}

export function subjectOf({ id, body }: Manifest): Subject {
  const { unit, gridBits } = body.privacy;
  return { fed: id, unit, coordinates: updateLength(body), gridBits };
}

/** @param account any of its names, where several were merged */
export function accountFacts(ledger: Ledger, account: string, subject: Subject): AccountFacts {
  const { paid, imports } = billOf(ledger, account);
  const here = paid.filter(({ fed }) => fed === subject.fed);
  const released = new Set(ledger.records.flatMap((record) => (record.kind === 'release' ? [record.reservation] : [])));
  const federations = new Set(paid.map(({ fed }) => fed));
  // Groups of two federations may be cut along different columns; a row belongs to every one of them.
  const held = heldBy(ledger, account).filter(({ rounds }) => rounds > 0);
  const grouped = imports.length === 0 && held.length === 0 && federations.size < 2 && [...paid, subject].every((r) => r.unit === 'group');
  const phases = addUp([
    ...paid.map((record) => phaseOf(record, subject)),
    ...imports.flatMap(({ items }) => items.map((item) => phaseOf({ ...item, unit: null, clip: null, fed: null }, subject))),
    ...held.map(({ agreement, rounds }) => heldPhase(agreement, rounds)),
  ]);
  return {
    account,
    ledger: { head: head(ledger), records: ledger.records.length },
    unit: grouped ? 'group' : 'example',
    lifetime: {
      rounds: phases.reduce((n, { rounds }) => n + rounds, 0),
      federations: federations.size,
      imports: new Set(imports.map(({ from }) => from)).size,
    },
    phases,
    paid: here.length,
    updates: here.filter(({ seq }) => released.has(seq)).length,
  };
}

/** The records that an account pays for: its own, those of accounts that it was merged with, and other ledgers that were counted in. */
function billOf(ledger: Ledger, account: string) {
  const [root] = rootsOf(ledger, [account]);
  const isMine = (name: string | null) => name === null || rootsOf(ledger, [name])[0] === root;
  const paid = ledger.records.flatMap((record) => (record.kind === 'reserve' && isMine(record.account) ? [record] : []));
  const imports = ledger.records.flatMap((record) => {
    // Rounds known only from others' records were paid for by a newer copy of this ledger.
    if (record.kind === 'witness') return [{ from: record.fed, items: [{ ...record, account: null, rounds: record.updates.length }] }];
    const items = record.kind === 'import' ? record.items.filter((item) => isMine(item.account)) : [];
    return record.kind === 'import' && items.length > 0 ? [{ from: record.from, items }] : [];
  });
  return { paid, imports };
}

interface Paid {
  readonly fed: string | null;
  readonly unit: ReportPhase['unit'];
  readonly clip: number | null;
  readonly rate: number;
  readonly sigma: number;
  readonly rounds: number;
  readonly coordinates?: number | undefined;
  readonly gridBits?: number | undefined;
}

function phaseOf({ fed, unit: protects, rate, sigma, clip, rounds, coordinates, gridBits }: Paid, subject: Subject): ReportPhase {
  const own = fed === subject.fed ? subject : null;
  return {
    from: fed === null ? 'import' : own === null ? 'elsewhere' : 'here',
    unit: protects,
    rate,
    sigma,
    clip,
    rounds,
    coordinates: coordinates ?? own?.coordinates ?? null,
    gridBits: gridBits ?? own?.gridBits ?? null,
  };
}

function heldPhase({ rate, sigma, coordinates, gridBits }: Agreement, rounds: number): ReportPhase {
  const grid = { coordinates: coordinates ?? null, gridBits: gridBits ?? null };
  return { from: 'held', unit: null, rate, sigma, clip: null, rounds, ...grid };
}

/** Rounds of equal settings as one phase, in the order in which the settings came. */
function addUp(phases: readonly ReportPhase[]): ReportPhase[] {
  const sums = new Map<string, ReportPhase>();
  for (const one of phases) {
    const key = JSON.stringify({ ...one, rounds: 0 });
    sums.set(key, { ...one, rounds: one.rounds + (sums.get(key)?.rounds ?? 0) });
  }
  return [...sums.values()];
}

/**
 * Epsilon by every accountant, and the smallest that is valid for these rounds (accountants.ts). Takes about a second; the latest answers
 * are cached.
 */
export function reportGuarantee(phases: readonly ReportPhase[], at: number): ReportGuarantee {
  const key = JSON.stringify([phases, at]);
  let found = guarantees.get(key);
  if (found === undefined) {
    found = computeGuarantee(phases, at);
    if (guarantees.size >= GUARANTEES_MAX) guarantees.delete(guarantees.keys().next().value!);
    guarantees.set(key, found);
  }
  return found;
}

const GUARANTEES_MAX = 16;
const guarantees = new Map<string, ReportGuarantee>();

function computeGuarantee(phases: readonly ReportPhase[], at: number): ReportGuarantee {
  const grid = phases.flatMap(({ coordinates, gridBits, ...rest }) =>
    coordinates === null || gridBits === null ? [] : [{ ...rest, coordinates, gridBits }],
  );
  const absent = phases.length === 0 ? 'nothing-spent' : grid.length < phases.length ? 'grid-unknown' : null;
  const found = absent === null ? guaranteeOf(grid, at) : null;
  const rdp = found?.rdp ?? filteredEpsilon(phases, at);
  const smallest = found?.epsilon ?? rdp.epsilon;
  const finite = (value: number) => (value < Infinity ? value : null);
  return {
    epsilon: finite(smallest),
    delta: at,
    by: found?.by ?? 'rdp',
    probability: probabilityBound(smallest),
    rdp: { ...rdp, epsilon: finite(rdp.epsilon) },
    pld: found?.pld ?? null,
    pldAbsent: absent ?? (found?.pld == null ? 'not-smaller' : null),
    pldSupposes: found?.pld != null && found.mixed ? 'settings-fixed-before' : null,
  };
}

export interface ReportInput {
  readonly facts: AccountFacts;
  readonly guarantee: ReportGuarantee;
  readonly manifest: Manifest;
  readonly member: PeerId;
  readonly site: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What the owner of the rows allows, or null. */
  readonly limit: number | null;
  /** Bytes handed to links for this federation since it was opened. */
  readonly visitBytes: number;
}

export function reportBody({ facts, guarantee: found, manifest, member, site, at, limit, visitBytes }: ReportInput): ReportBody {
  const { name, region, steward, privacy } = manifest.body;
  const { account, ledger, unit: protects, lifetime, phases, paid, updates } = facts;
  return {
    t: 'privacy-report',
    version: REPORT_VERSION,
    at: Math.round(at),
    site,
    federation: { id: manifest.id, name, region, steward, relays: seatsOf(manifest.body).ids },
    member,
    account,
    ledger,
    unit: protects,
    relation: ADJACENCY,
    mechanism: MECHANISM,
    lifetime,
    policy: { epsilon: privacy.epsilon, delta: privacy.delta, rounds: privacy.rounds },
    limit,
    phases: [...phases],
    guarantee: found,
    left: { paid, updates, updateBytes: updates * 4 * updateLength(manifest.body), visitBytes },
    recipients: RECIPIENTS,
    notCovered: NOT_COVERED,
    retention: RETENTION,
    cannotUndo: CANNOT_UNDO,
  };
}
