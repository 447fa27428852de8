import { afterEach, expect, it } from 'vitest';
import { unwrap } from '../answered.ts';
import { newIdentity, openFederation, until, type Federation } from './session.fixture.ts';

let federation: Federation;
afterEach(() => federation.close());

it('a network address goes to nobody while a device watches, to members alone once it takes part, and to nobody after it left', async () => {
  federation = await openFederation();
  const [watching, one, two] = [await federation.device(), await federation.device(), await federation.device()];
  const stranger = await newIdentity();
  federation.room.enter(stranger.id, { message: () => {}, peers: () => {}, relay: () => {} });
  await watching.follow();
  await one.join();
  const peer = await two.join();
  const allowed = () => two.direct.at(-1);
  await until('both know each other', () => [one, two].every((d) => [one, two].every((o) => d.direct.at(-1)?.has(o.identity.id) === true)));
  const members = new Set([one.identity.id, two.identity.id]);
  expect([...allowed()!].filter((id) => !members.has(id))).toEqual([]);
  await until('the watcher followed', () => (watching.last?.round ?? 0) >= 2);
  expect(watching.direct).toEqual([]);
  expect([watching, one, two].map((d) => d.identityKept)).toEqual([0, 1, 1]); // nor is a watcher met again
  unwrap(await peer.leave());
  expect(allowed()).toEqual(new Set());
  const { round } = two.last!;
  await until('rounds without it', () => two.last!.round > round + 1);
  expect(allowed()).toEqual(new Set());
});
