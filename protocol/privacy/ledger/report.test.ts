import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { manifestFixture } from '#workers/manifest.fixture';
import { hashBytes, type Hash } from '../../codec.ts';
import { MeshError } from '../../errors.ts';
import { generateKeyPair, identityOf, type Identity } from '../../identity.ts';
import { federationId, type Manifest, type ManifestBody } from '../../manifest/manifest.ts';
import { seal } from './budget-chain.ts';
import { extend, merge, openLedger, release, reserve, signRecord, spent, type Ledger, type Reservation } from './budget.ts';
import { checkReport, checkReportAgainst, openReport, signReport, type SignedReport } from './report-check.ts';
import { parseReportBody, type ReportBody } from './report-shape.ts';
import { accountFacts, lastAccountIn, reportBody, reportGuarantee, subjectOf } from './report.ts';

const id = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
const opened = (body: ManifestBody): Manifest => ({
  id: federationId(body),
  body,
  signed: { body, by: body.steward as never, sig: new Uint8Array(64) },
});
const corners = opened(manifestFixture());
const OTHER = id('another federation');

function pay(ledger: Ledger, round: number, change: Partial<Reservation> = {}): Ledger {
  const { unit, rate, sigma, clip, delta } = corners.body.privacy;
  const asked = { account: 'rows', fed: corners.id, state: id(`state ${round}`), stateRound: round, unit, rate, sigma, clip, delta };
  return extend(ledger, reserve(ledger, { ...asked, ...change } as never, 1000));
}

/** Three rounds here, the first two of which were sent. */
function threeRounds(): Ledger {
  let ledger = pay(openLedger([]), 0);
  ledger = extend(ledger, release(ledger, ledger.records[0] as Reservation, id('update 0')));
  ledger = pay(ledger, 1);
  ledger = extend(ledger, release(ledger, ledger.records[2] as Reservation, id('update 1')));
  return pay(pay(ledger, 2), 0, { account: 'other rows' });
}

let identity: Identity;
beforeAll(async () => {
  identity = await identityOf(await generateKeyPair(false));
});

function reportOf(ledger: Ledger, account = 'rows'): ReportBody {
  const facts = accountFacts(ledger, account, subjectOf(corners));
  const guarantee = reportGuarantee(facts.phases, corners.body.privacy.delta);
  const rest = { member: identity.id, site: 'https://mesh.example', at: 1_760_000_000_000.5, limit: 0.5, visitBytes: 12_345 };
  return reportBody({ facts, guarantee, manifest: corners, ...rest });
}

describe('a report', () => {
  test('says what the ledger says: the bill of its own account over all rounds, by both accountants', () => {
    const ledger = threeRounds();
    const report = reportOf(ledger);
    expect(report).toMatchObject({
      unit: 'example',
      relation: 'add-remove',
      lifetime: { rounds: 3, federations: 1, imports: 0 },
      left: { paid: 3, updates: 2, updateBytes: 2 * 4 * 33, visitBytes: 12_345 },
      phases: [{ from: 'here', rate: 0.25, sigma: 7.5, rounds: 3, coordinates: 33, gridBits: 16 }],
      ledger: { records: 6 },
    });
    expect(report.guarantee.rdp.epsilon).toBe(spent(ledger, 'rows', 1e-5));
    expect(report.guarantee).toMatchObject({ by: 'pld', pldAbsent: null });
    expect(report.guarantee.epsilon).toBeLessThan(report.guarantee.rdp.epsilon!);
    expect(report.guarantee.epsilon).toBe(report.guarantee.pld!.epsilon);
  });

  test('tells a loss distribution of different settings, which does not count, and none of an unknown grid or of nothing', () => {
    const elsewhere = pay(threeRounds(), 0, { fed: OTHER, sigma: 3, coordinates: 50, gridBits: 16 });
    const { guarantee } = reportOf(elsewhere);
    expect(guarantee).toMatchObject({ by: 'rdp', pldAbsent: null, pldSupposes: 'settings-fixed-before' });
    expect(guarantee.pld!.epsilon).toBeLessThan(guarantee.epsilon!);
    expect(guarantee.epsilon).toBe(spent(elsewhere, 'rows', 1e-5));
    expect(checkReport(reportOf(elsewhere)).epsilon).toBe(guarantee.epsilon);
    expect(reportOf(pay(threeRounds(), 0, { fed: OTHER })).guarantee).toMatchObject({ by: 'rdp', pldAbsent: 'grid-unknown' });
    expect(reportOf(threeRounds(), 'fresh rows').guarantee).toMatchObject({ epsilon: 0, probability: 0.5, pldAbsent: 'nothing-spent' });
  });

  test('claims a group only where every round was of one federation’s groups', () => {
    const grouped = pay(openLedger([]), 0, { unit: 'group' });
    const unitOf = (ledger: Ledger) => accountFacts(ledger, 'rows', { ...subjectOf(corners), unit: 'group' }).unit;
    expect(unitOf(grouped)).toBe('group');
    expect(unitOf(pay(grouped, 1))).toBe('example');
    expect(unitOf(pay(grouped, 1, { unit: 'group', fed: OTHER }))).toBe('example');
  });

  test('counts what merged accounts paid, and what was counted in from another ledger, which protects no group', async () => {
    const before = pay(threeRounds(), 1, { account: 'other rows', unit: 'group' });
    const joined = extend(before, merge(before, ['rows', 'other rows'])!);
    for (const name of ['rows', 'other rows']) {
      expect(reportOf(joined, name)).toMatchObject({ lifetime: { rounds: 5, imports: 0 }, left: { paid: 5, updates: 2 } });
      expect(reportOf(joined, name).guarantee.rdp.epsilon).toBe(spent(joined, name, 1e-5));
    }
    const item = { account: null, rate: 0.5, sigma: 2, rounds: 7 };
    const counted = { kind: 'import' as const, from: identity.id, head: id('head'), count: 9, items: [item] };
    const more = extend(joined, seal(joined, counted));
    const report = reportOf(more, 'fresh rows');
    expect(report).toMatchObject({
      lifetime: { rounds: 7, federations: 0, imports: 1 },
      phases: [{ from: 'import', unit: null, rounds: 7 }],
    });
    expect(report.guarantee).toMatchObject({ pldAbsent: 'grid-unknown' });
    expect(report.guarantee.epsilon).toBe(spent(more, 'fresh rows', 1e-5));
    checkReport(report);
    checkReportAgainst({ body: report, by: identity.id }, more);
  });

  test('rounds without noise have no bound, and it says so', () => {
    const bare = accountFacts(threeRounds(), 'rows', subjectOf(corners)).phases.map((phase) => ({ ...phase, sigma: 0 }));
    expect(reportGuarantee(bare, 1e-5)).toMatchObject({ epsilon: null, rdp: { epsilon: null }, probability: 1 });
  });

  test('finds the account of rows that are no longer loaded', () => {
    expect(lastAccountIn(threeRounds(), corners.id)).toBe('other rows');
    expect(lastAccountIn(threeRounds(), OTHER)).toBeNull();
  });
});

describe('checking a report', () => {
  let file: SignedReport;
  beforeAll(async () => {
    file = JSON.parse(JSON.stringify(await signReport(identity, reportOf(threeRounds())))) as SignedReport;
  });

  test('a true one passes, alone and against its ledger, also when that has grown', async () => {
    const { body, by } = await openReport(file);
    expect(by).toBe(identity.id);
    expect(checkReport(body).epsilon).toBe(body.guarantee.epsilon);
    checkReportAgainst({ body, by }, threeRounds());
    checkReportAgainst({ body, by }, pay(threeRounds(), 3));
  });

  test('any change breaks the signature', async () => {
    const lower = { ...file, body: { ...file.body, at: file.body.at + 1 } };
    await expect(openReport(lower)).rejects.toMatchObject({ code: 'signature-invalid', detail: { field: 'sig' } });
    const other = await identityOf(await generateKeyPair(false));
    await expect(openReport({ ...file, by: other.id })).rejects.toMatchObject({ code: 'signature-invalid' });
    await expect(openReport({ ...file, sig: '***' })).rejects.toMatchObject({ code: 'signature-invalid' });
  });

  const lies: readonly [field: string, change: (body: ReportBody) => unknown][] = [
    ['lifetime.rounds', (b) => ({ lifetime: { ...b.lifetime, rounds: 2 } })],
    ['left.paid', (b) => ({ left: { ...b.left, paid: 1 } })],
    ['left.updates', (b) => ({ left: { ...b.left, updates: 4 } })],
    ['left.updateBytes', (b) => ({ left: { ...b.left, updateBytes: 1 } })],
    ['limit', () => ({ limit: 5 })],
    ['unit', () => ({ unit: 'group' })],
    ['guarantee.delta', (b) => ({ guarantee: { ...b.guarantee, delta: 1e-4 } })],
    ['guarantee.rdp.epsilon', (b) => ({ guarantee: { ...b.guarantee, rdp: { ...b.guarantee.rdp, epsilon: 0.01 } } })],
    ['guarantee.pld.epsilon', (b) => ({ guarantee: { ...b.guarantee, pld: { ...b.guarantee.pld, epsilon: 0.01 } } })],
    ['guarantee.epsilon', (b) => ({ guarantee: { ...b.guarantee, epsilon: 0.01 } })],
    ['guarantee.by', (b) => ({ guarantee: { ...b.guarantee, by: 'rdp' } })],
    ['guarantee.probability', (b) => ({ guarantee: { ...b.guarantee, probability: 0.5 } })],
  ];
  test.each(lies)('a signed report that lies about %s is caught by that name', (field, change) => {
    const body = parseReportBody({ ...file.body, ...(change(file.body) as object) });
    expect(() => checkReport(body)).toThrow(expect.objectContaining({ code: 'conflict', detail: expect.objectContaining({ field }) }));
  });

  const malformed: readonly [field: string, change: object][] = [
    ['guarantee.epsilon', { guarantee: { ...({} as ReportBody['guarantee']), epsilon: -1 } }],
    ['notCovered', { notCovered: ['participation'] }],
    ['recipients', { recipients: [] }],
    ['version', { version: 1 }],
    ['limit', { limit: 0 }],
    ['relation', { relation: 'replace' }],
  ];
  test.each(malformed)('one whose %s cannot be is refused by that name', (field, change) => {
    const body = { ...file.body, ...change, ...('guarantee' in change ? { guarantee: { ...file.body.guarantee, epsilon: -1 } } : {}) };
    expect(() => parseReportBody(body)).toThrow(
      expect.objectContaining({ code: 'field-invalid', detail: expect.objectContaining({ field: `body.${field}` }) }),
    );
  });

  test('one that leaves rounds of its ledger out is caught, whatever its own sums say', async () => {
    const ledger = pay(threeRounds(), 0, { fed: OTHER, sigma: 3 });
    const full = reportOf(ledger);
    const by = identity.id;
    const hidden = { ...reportOf(threeRounds()), ledger: full.ledger };
    expect(() => checkReportAgainst({ body: hidden, by }, ledger)).toThrow(/lifetime.rounds: expected 4, got 3/);
    const softer = { ...full, phases: full.phases.map((phase) => ({ ...phase, sigma: 7.5 })) };
    expect(() => checkReportAgainst({ body: softer, by }, ledger)).toThrow(/phases.1.sigma: expected 3, got 7.5/);
    expect(() => checkReportAgainst({ body: full, by }, threeRounds())).toThrow(/ledger.records/);
    const beside = { ...full, ledger: { ...full.ledger, head: id('other') } };
    expect(() => checkReportAgainst({ body: beside, by }, ledger)).toThrow(/ledger.head/);
    const signed = openLedger([await signRecord(identity, pay(openLedger([]), 0).records[0]!)]);
    const foreign = await identityOf(await generateKeyPair(false));
    checkReportAgainst({ body: reportOf(signed), by }, signed);
    expect(() => checkReportAgainst({ body: reportOf(signed), by: foreign.id }, signed)).toThrow(/by: expected/);
  });

  test('anything at all is a report or a named refusal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.jsonValue(), fc.record({ body: fc.jsonValue(), by: fc.string(), sig: fc.base64String() })),
        async (input) => {
          await expect(openReport(input)).rejects.toBeInstanceOf(MeshError);
        },
      ),
      { numRuns: 200 },
    );
  });
});
