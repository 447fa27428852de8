import { afterEach, beforeEach, expect, it } from 'vitest';
import { newIdentity, signedBytes, testManifest } from '../manifest.fixture.ts';
import { startTestApp, type TestApp } from './app.fixture.ts';

let t: TestApp;
beforeEach(async () => {
  t = await startTestApp();
});
afterEach(() => t.close());

const ask = () => fetch(`${t.url}/privacy/status`);

it('tells each federation’s policy as its manifest says it, and the rounds that are decided', async () => {
  const steward = await newIdentity();
  const body = testManifest(steward.id, t.self.id);
  const { manifest } = await t.federations.publish(await signedBytes(steward, body));
  const answer = await ask();
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { unit, epsilon, delta, sigma, clip, rate, rounds } = body.privacy;
  const policy = { unit, relation: 'add-remove', mechanism: 'poisson-discrete-gaussian', epsilon, delta, sigma, clip, rate, rounds };
  expect(await answer.json()).toEqual([{ id: manifest.id, name: 'Test', ...policy, decided: 0 }]);
  const stored = { fed: manifest.id, epoch: 0, round: 7, id: manifest.id, state: manifest.id, bytes: new Uint8Array([1]) };
  await t.store.putRecord(stored);
  expect(await (await ask()).json()).toMatchObject([{ decided: 7 }]);
});

it('says nothing of members: neither how many there are nor what any has spent or allows', async () => {
  const steward = await newIdentity();
  await t.federations.publish(await signedBytes(steward, testManifest(steward.id, t.self.id)));
  t.live.peers = 3;
  const before = await (await ask()).text();
  t.live.peers = 40;
  expect(await (await ask()).text()).toBe(before);
  expect(before).not.toMatch(/spent|member|histogram|declared/i);
});

it('is refused while the relay drains, with the reason', async () => {
  t.live.state = 'draining';
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ code: 'draining' })]);
});
