/** The ledger as the page uses it: whose rows, saving, loading, and starting over as another person. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { unwrap } from '../answered.ts';
import type { Peer } from './peer.ts';
import { openFederation, rowsText, until, type Device, type Federation } from './session.fixture.ts';

let federation: Federation;

beforeEach(async () => {
  federation = await openFederation();
});
afterEach(async () => {
  await federation.close();
});

/** Takes part for a few rounds and leaves. */
async function spend(device: Device, seed = 1): Promise<Peer> {
  const peer = await device.join(1, seed);
  await until('two rounds', () => (device.last?.contributed ?? 0) >= 2);
  await device.rest(peer); // a step that had begun would be paid for after leaving
  unwrap(await peer.leave());
  return peer;
}

const offerFor = async (peer: Peer, text: string) => {
  unwrap(await peer.load({ text }));
  return unwrap(await peer.offer(1));
};

it('rows with one cell changed stay on the same bill after a reload, unless they are declared other people’s', async () => {
  const device = await federation.device();
  await (await spend(device)).close();
  const { peer } = await device.follow();
  const lines = rowsText(1).split('\n');
  const edited = lines.with(3, lines[3]!.replace(/^[^,]*/, '0.123')).join('\n');
  const shared = await offerFor(peer, edited);
  expect(shared.rows).toEqual({ known: 59, accounts: 1, others: false });
  expect(shared.spent).toBeGreaterThan(0);
  unwrap(await peer.setRowOwner(true));
  expect(unwrap(await peer.offer(1))).toMatchObject({ spent: 0, rows: { known: 0, others: true } });
  unwrap(await peer.setRowOwner(false));
  expect(unwrap(await peer.offer(1)).spent).toBe(shared.spent);
});

it('a session that resumes after a reload pays on the account that it joined with', async () => {
  const device = await federation.device();
  const peer = await device.join();
  await until('a round', () => (device.last?.contributed ?? 0) >= 1);
  expect(await peer.setRowOwner(true)).toMatchObject({ ok: false, error: { code: 'conflict' } });
  await peer.close();
  const before = device.last!.contributed;
  await device.follow();
  await until('another round', () => device.last!.contributed > before);
  const accounts = device.ledger.flatMap((record) => (record.kind === 'reserve' ? [record.account] : []));
  expect(new Set(accounts).size).toBe(1);
});

it('a ledger from one device is refused on another until declared the same person’s, and then adds up', async () => {
  const [here, there] = [await federation.device(), await federation.device()];
  const saved = unwrap(await (await spend(there, 2)).exportLedger());
  const peer = await spend(here);
  const before = await offerFor(peer, rowsText(1));
  const file = new Blob([saved.text]);
  expect(await peer.importLedger(file, false)).toMatchObject({ ok: false, error: { code: 'conflict', detail: { field: 'ledger.by' } } });
  const summary = unwrap(await peer.importLedger(file, true));
  expect(summary.imported).toBe(there.ledger.filter(({ kind }) => kind === 'reserve').length);
  expect(summary.rounds).toBe(here.ledger.filter(({ kind }) => kind === 'reserve').length);
  expect(unwrap(await peer.offer(1)).spent).toBeGreaterThan(before.spent);
  expect(unwrap(await peer.importLedger(file, true))).toEqual(summary);
});

it('importing a ledger while this device takes part stops it if nothing is left', async () => {
  const [here, there] = [await federation.device(), await federation.device()];
  const saved = unwrap(await (await spend(there, 2)).exportLedger());
  const { peer } = await here.follow();
  unwrap(await peer.load({ text: rowsText(1) }));
  // Enough for a round or two, not with what the other device spent.
  let epsilon = 0.02;
  while (unwrap(await peer.offer(epsilon)).rounds < 1) epsilon += 0.005;
  unwrap(await peer.join(epsilon, federation.manifest.body.consent));
  unwrap(await peer.importLedger(new Blob([saved.text]), true));
  await until('it has stopped', () => ['budget-spent', 'finished'].includes(here.last!.activity));
  const paid = here.ledger.filter(({ kind }) => kind === 'reserve').length;
  expect(paid).toBeLessThanOrEqual(1);
});

it('forgetting keeps the bill of the rows; a new person has none', async () => {
  const device = await federation.device();
  const peer = await spend(device);
  const { self } = unwrap(await peer.ledger());
  const spent = (await offerFor(peer, rowsText(1))).spent;
  unwrap(await peer.forget());
  unwrap(await peer.follow(federation.signed));
  expect((await offerFor(peer, rowsText(1))).spent).toBe(spent);
  unwrap(await peer.newPerson());
  unwrap(await peer.follow(federation.signed));
  expect(await offerFor(peer, rowsText(1))).toMatchObject({ spent: 0, rows: { known: 0 } });
  const anew = unwrap(await peer.ledger());
  expect(anew).toMatchObject({ records: 0, rounds: 0 });
  expect(anew.self).not.toBe(self);
});
