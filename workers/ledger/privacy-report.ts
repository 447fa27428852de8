/**
 * This device's privacy report in one federation (protocol/privacy/ledger/report.ts): gathered from the ledger, the session and the sending
 * code, computed off the peer's thread if possible, and signed by the ledger's own key. It changes and sends nothing.
 */
import { MeshError } from '#protocol/errors';
import type { Manifest } from '#protocol/manifest/manifest';
import { accountFacts, lastAccountIn, reportBody, reportGuarantee, subjectOf } from '#protocol/privacy/ledger/report';
import type { ReportGuarantee, ReportPhase } from '#protocol/privacy/ledger/report-shape';
import { signReport, type SignedReport } from '#protocol/privacy/ledger/report-check';
import type { Snapshot } from '../api.ts';
import { LedgerBook, type LedgerDeps } from './ledger-book.ts';

/** For a peer without a page, in a program of its own. */
const NO_SITE = 'headless';

export interface Reported {
  readonly manifest: Manifest;
  /** The account with which this device takes part, or took part until it left; null if none is known. */
  readonly account: string | null;
  snapshot(): Pick<Snapshot, 'self' | 'bytesOut' | 'budget'>;
}

interface ReportPlace extends LedgerDeps {
  /** Origin of the page; absent if there is none. */
  readonly site?: string;
  /** Runs the accountants beside this thread; absent: in it. */
  guarantee?(phases: readonly ReportPhase[], delta: number): Promise<ReportGuarantee>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** @throws MeshError not-found if nothing was ever paid for in this federation; as LedgerBook.open */
export async function privacyReport(session: Reported, place: ReportPlace): Promise<SignedReport> {
  const { identity, ledger } = await LedgerBook.open(place);
  const { manifest } = session;
  const account = session.account ?? lastAccountIn(ledger, manifest.id);
  if (account === null) throw new MeshError('not-found', { field: 'report', expected: 'a round that was paid for in this federation' });
  const facts = accountFacts(ledger, account, subjectOf(manifest));
  const { delta } = manifest.body.privacy;
  const guarantee = await (place.guarantee?.(facts.phases, delta) ?? reportGuarantee(facts.phases, delta));
  const { self, bytesOut, budget } = session.snapshot();
  const limit = session.account === null ? null : budget.epsilon;
  const about = { member: self, site: place.site ?? NO_SITE, at: place.now(), limit, visitBytes: bytesOut };
  return signReport(identity, reportBody({ facts, guarantee, manifest, ...about }));
}
