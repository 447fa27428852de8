import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLedger } from '#protocol/privacy/ledger/budget';
import { checkReport, checkReportAgainst, openReport } from '#protocol/privacy/ledger/report-check';
import { unwrap } from '../answered.ts';
import { openFederation, rowsText, until, type Device, type Federation } from '../peer/session.fixture.ts';

let federation: Federation;
let device: Device;

beforeEach(async () => {
  federation = await openFederation();
  device = await federation.device();
});
afterEach(async () => {
  await federation.close();
});

it('matches the ledger and the sending code, is signed by the ledger’s key, and is available after leaving and after a reload', async () => {
  const { peer } = await device.follow();
  unwrap(await peer.load({ text: rowsText(1) }));
  expect(await peer.report()).toMatchObject({ ok: false, error: { code: 'not-found', detail: { field: 'report' } } });
  unwrap(await peer.join(0.8, federation.manifest.body.consent));
  await until('two rounds', () => (device.last?.contributed ?? 0) >= 2);
  unwrap(await peer.pause());
  await until('paused', () => device.last?.activity === 'paused');

  const signed = await openReport(JSON.parse(JSON.stringify(unwrap(await peer.report()))));
  const reserved = device.ledger.filter((record) => record.kind === 'reserve');
  const { body } = signed;
  expect(body).toMatchObject({ limit: 0.8, unit: 'example', federation: { id: federation.manifest.id }, member: device.identity.id });
  expect([body.lifetime.rounds, body.left.paid]).toEqual([reserved.length, reserved.length]);
  expect(body.left.updates).toBe(device.ledger.filter((record) => record.kind === 'release').length);
  expect(body.left.visitBytes).toBeGreaterThan(body.left.updateBytes);
  // The page uses the same accountant on a coarser grid: never less than the report.
  const { spent } = device.last!.budget;
  expect(body.guarantee.epsilon).toBeLessThanOrEqual(spent);
  expect(body.guarantee.epsilon).toBeCloseTo(spent, 3);
  expect(body.guarantee.epsilon).toBeLessThanOrEqual(body.guarantee.rdp.epsilon!);
  checkReport(body);
  checkReportAgainst(signed, openLedger(device.ledger));
  expect(signed.by).toBe(device.ledger[0]!.by);

  unwrap(await peer.leave());
  expect(unwrap(await peer.report()).body).toMatchObject({ limit: 0.8, account: body.account, guarantee: body.guarantee });
  await peer.close();
  const later = unwrap(await (await device.follow()).peer.report()).body;
  expect(later).toMatchObject({ limit: null, account: body.account, guarantee: body.guarantee, left: { visitBytes: expect.any(Number) } });
});

it('contains nothing of the rows: neither their number, nor a lot’s, nor how well a model fits them', async () => {
  const peer = await device.join(1, 3);
  await until('a round', () => (device.last?.contributed ?? 0) >= 1);
  const names: string[] = [];
  JSON.stringify(unwrap(await peer.report()), (key: string, value: unknown) => {
    names.push(key);
    return value;
  });
  expect(names.filter((name) => /row|lot|accuracy|loss|score|heldOut|digest/i.test(name))).toEqual([]);
});
