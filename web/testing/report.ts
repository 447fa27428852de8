/** A privacy report for tests of the page: shape and signature are valid, the figures are made up. */
import { generateKeyPair, identityOf } from '#protocol/identity';
import { reportBody } from '#protocol/privacy/ledger/report';
import { signReport, type SignedReport } from '#protocol/privacy/ledger/report-check';
import type { ReportBody } from '#protocol/privacy/ledger/report-shape';
import type { TestFederation } from './federation.ts';

export async function testReport({ id, body }: TestFederation, change: Partial<ReportBody> = {}): Promise<SignedReport> {
  const ledgerKey = await identityOf(await generateKeyPair(false));
  const { unit, rate, sigma, clip, gridBits, delta } = body.privacy;
  const made = reportBody({
    facts: {
      account: 'mTqPq3m1XzS0cQ8o0c1T7w',
      ledger: { head: id, records: 160 },
      unit,
      lifetime: { rounds: 80, federations: 1, imports: 0 },
      phases: [{ from: 'here', unit, rate, sigma, clip, rounds: 80, coordinates: 2410, gridBits }],
      paid: 80,
      updates: 79,
    },
    guarantee: {
      epsilon: 0.91156,
      delta,
      by: 'pld',
      probability: 0.7134,
      rdp: { epsilon: 0.99962, order: 18, atEdge: false },
      pld: { epsilon: 0.91156, error: 1.3e-7, distance: 5e-11 },
      pldAbsent: null,
      pldSupposes: null,
    },
    manifest: { id, body, signed: { body, by: body.steward as never, sig: new Uint8Array(64) } },
    member: ledgerKey.id,
    site: 'https://mesh.example',
    at: Date.UTC(2026, 10, 21, 9, 30),
    limit: 1,
    visitBytes: 1_240_000,
  });
  return signReport(ledgerKey, { ...made, ...change });
}
