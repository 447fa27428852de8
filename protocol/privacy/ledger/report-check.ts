/**
 * Checks a privacy report offline: its shape, its signature, its figures recomputed by every accountant and, if the ledger is available,
 * that the report matches the ledger. It does not prove that the device counted everything: a ledger that was deleted or kept elsewhere
 * shows in neither.
 */
import * as z from 'zod/mini';
import { fromBase64Url, toBase64Url, type Hash } from '../../codec.ts';
import { MeshError } from '../../errors.ts';
import { parsePeerId, signBody, verifySigned, type Identity, type Signed } from '../../identity.ts';
import { head as headOf, openLedger, signerOf, type Ledger } from './budget-chain.ts';
import { parseReportBody, type ReportBody, type ReportGuarantee } from './report-shape.ts';
import { accountFacts, reportGuarantee } from './report.ts';

z.config({ jitless: true });

/** Engines differ in the last bits of exp and log, and a transform accumulates that. */
const RDP_TOLERANCE = 1e-9;
const PLD_TOLERANCE = 1e-6;

const file = z.strictObject({ body: z.unknown(), by: z.string().check(z.maxLength(64)), sig: z.string().check(z.maxLength(128)) });

/** As a file: JSON, the signature in base64url. */
export interface SignedReport {
  readonly body: ReportBody;
  readonly by: string;
  readonly sig: string;
}

export async function signReport(identity: Identity, body: ReportBody): Promise<SignedReport> {
  const { by, sig } = await signBody(identity, body);
  return { body, by, sig: toBase64Url(sig) };
}

/** Shape and signature. @throws MeshError field-invalid with the path, signature-invalid */
export async function openReport(input: unknown): Promise<Signed<ReportBody>> {
  const parsed = z.safeParse(file, input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new MeshError('field-invalid', { field: issue.path.join('.') || 'report', expected: issue.message });
  }
  const body = parseReportBody(parsed.data.body);
  let sig: Uint8Array;
  try {
    sig = fromBase64Url(parsed.data.sig);
  } catch (cause) {
    throw new MeshError('signature-invalid', { field: 'sig', expected: '64 bytes in base64url' }, cause);
  }
  const signed = { body, by: parsePeerId(parsed.data.by, 'by'), sig };
  if (!(await verifySigned(signed)))
    throw new MeshError('signature-invalid', { field: 'sig', expected: 'the signature of this body by its key' });
  return signed;
}

/**
 * Recomputes every figure that follows from others. Takes about a second.
 * @returns the guarantee as computed here
 * @throws MeshError conflict naming the first figure that does not follow
 */
export function checkReport(body: ReportBody): ReportGuarantee {
  const { phases, guarantee: claimed, lifetime, left, limit, policy } = body;
  const rounds = phases.reduce((sum, phase) => sum + phase.rounds, 0);
  const here = phases.reduce((sum, phase) => sum + (phase.from === 'here' ? phase.rounds : 0), 0);
  equal('lifetime.rounds', rounds, lifetime.rounds);
  equal('left.paid', here, left.paid);
  most('left.updates', left.paid, left.updates);
  const coordinates = phases.find((phase) => phase.from === 'here')?.coordinates;
  if (coordinates != null) equal('left.updateBytes', left.updates * 4 * coordinates, left.updateBytes);
  if (limit !== null) most('limit', policy.epsilon, limit);
  const units = new Set(phases.map(({ unit }) => unit));
  const mixed = units.has('example') || units.has(null) || lifetime.federations > 1;
  if (body.unit === 'group' && mixed) differ('unit', 'example', body.unit);
  equal('guarantee.delta', policy.delta, claimed.delta);
  const found = reportGuarantee(phases, claimed.delta);
  equal('guarantee.pldAbsent', found.pldAbsent, claimed.pldAbsent);
  equal('guarantee.pldSupposes', found.pldSupposes, claimed.pldSupposes);
  near('guarantee.rdp.epsilon', found.rdp.epsilon, claimed.rdp.epsilon, RDP_TOLERANCE);
  near('guarantee.pld.epsilon', found.pld?.epsilon ?? null, claimed.pld?.epsilon ?? null, PLD_TOLERANCE);
  near('guarantee.pld.distance', found.pld?.distance ?? null, claimed.pld?.distance ?? null, PLD_TOLERANCE);
  equal('guarantee.by', found.by, claimed.by);
  near('guarantee.epsilon', found.epsilon, claimed.epsilon, found.by === 'pld' ? PLD_TOLERANCE : RDP_TOLERANCE);
  near('guarantee.probability', found.probability, claimed.probability, PLD_TOLERANCE);
  return found;
}

/**
 * Compares the report with the ledger it was made from. If the ledger has grown since, only the part up to the report counts.
 * @throws MeshError conflict naming the first difference
 */
export function checkReportAgainst({ body, by }: Pick<Signed<ReportBody>, 'body' | 'by'>, ledger: Ledger): void {
  const { head, records } = body.ledger;
  if (records > ledger.records.length) differ('ledger.records', `at most ${ledger.records.length}`, records);
  if (signerOf(ledger) !== null) equal('by', signerOf(ledger), by);
  const then = openLedger(ledger.records.slice(0, records));
  if (records > 0) equal('ledger.head', headOf(then), head);
  // Old records lack their grid; there the report's own value is accepted.
  const { coordinates = null, gridBits = null } = body.phases.find((phase) => phase.from === 'here') ?? {};
  const found = accountFacts(then, body.account, { fed: body.federation.id as Hash, unit: body.unit, coordinates, gridBits });
  for (const name of ['rounds', 'federations', 'imports'] as const) equal(`lifetime.${name}`, found.lifetime[name], body.lifetime[name]);
  equal('left.paid', found.paid, body.left.paid);
  equal('left.updates', found.updates, body.left.updates);
  equal('unit', found.unit, body.unit);
  equal('phases.length', found.phases.length, body.phases.length);
  for (const [i, phase] of found.phases.entries()) {
    for (const name of PHASE_FIELDS) equal(`phases.${i}.${name}`, phase[name], body.phases[i]![name]);
  }
}

const PHASE_FIELDS = ['from', 'unit', 'rate', 'sigma', 'clip', 'rounds', 'coordinates', 'gridBits'] as const;

function differ(field: string, expected: unknown, got: unknown): never {
  throw new MeshError('conflict', { field, expected: String(expected), got: String(got) });
}

function equal(field: string, expected: unknown, got: unknown): void {
  if (expected !== got) differ(field, expected, got);
}

function most(field: string, limit: number, got: number): void {
  if (!(got <= limit)) differ(field, `at most ${limit}`, got);
}

function near(field: string, expected: number | null, got: number | null, tolerance: number): void {
  if (expected === null || got === null) return equal(field, expected, got);
  if (!(Math.abs(expected - got) <= tolerance * Math.max(1e-3, expected))) differ(field, expected, got);
}
