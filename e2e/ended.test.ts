/** A project that its founder has ended, in real tabs: a member in training, one who waits, a stranger with its link; and after reloads. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import { federationId } from '#protocol/manifest/manifest';
import { postManifest, postWithdrawal } from '#signaling/relay-signed';
import { openHeadlessPeer } from '#workers/peer/headless';
import { builtinManifest } from './publish.ts';
import { openStage, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const ENDED = 'Its founder has ended this project.';
let stage: Stage;
let steward: Identity;

beforeAll(async () => {
  stage = await openStage();
  steward = await identityOf(await generateKeyPair(false));
});
afterAll(() => stage?.close());

async function publish(name: string, minContributors: number): Promise<Hash> {
  const base = await builtinManifest(stage.relay.url, 'Handwritten digits');
  const body = { ...base, name, steward: steward.id, rounds: { ...base.rounds, minContributors, joinWindowMs: 300 } };
  const id = federationId(body);
  await postManifest(stage.relay.url, await signBody(steward, body), id, '');
  return id;
}
const end = async (fed: Hash) => postWithdrawal(stage.relay.url, fed, await signBody(steward, { t: 'withdraw', fed } as const));
const hasEnded = (tab: Tab) => tab.until('the end', ({ activity }) => activity === 'ended');

it('tells everybody so, promises a model only to those who have it, and stays ended without its relay', async () => {
  const { url } = stage.relay;
  const [trained, waited] = [await publish('Soon over', 1), await publish('Never begun', 3)];
  const member = await Tab.open(stage.browser, url);
  await member.join('Soon over', await sampleCsv(1));
  await member.until('a round', ({ contributed }) => contributed >= 1);
  await end(trained);
  await hasEnded(member);
  await member.page.getByText(`${ENDED} The model stays yours to try.`).first().waitFor();
  await member.page.reload();
  await hasEnded(member);
  await member.page.getByRole('button', { name: 'Download the model' }).waitFor();

  const alone = await Tab.open(stage.browser, url);
  await alone.join('Never begun', await sampleCsv(2));
  await alone.until('it waits', ({ activity }) => activity === 'gathering');
  await alone.page.waitForURL(`**/f/${waited}`); // an end that comes before is told on the page for joining
  await end(waited);
  await hasEnded(alone);
  await alone.page.getByText(`${ENDED} There is no model of it in this browser.`).first().waitFor();
  await alone.page.getByRole('link', { name: 'My models' }).click();
  await alone.page.getByText('None yet.').waitFor();

  const stranger = await Tab.open(stage.browser, new URL(`/f/${waited}/join`, url).href);
  const notice = stranger.page.getByRole('alert');
  await notice.waitFor();
  expect(await stranger.page.getByRole('main').innerText()).toMatch(new RegExp(`^Never begun\\s[^]*${ENDED}\\s+See the projects$`));
  await stranger.page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
  await stranger.page.reload(); // from here on the manifest is on the device
  await notice.waitFor();
  for (const tab of [member, alone, stranger]) expect(tab.errors).toEqual([]);

  const folder = await mkdtemp(join(tmpdir(), 'mesh-ended-'));
  const headless = openHeadlessPeer({ relay: url, folder, federation: waited, data: { sample: 'digits-2.csv' } });
  await expect(headless).rejects.toMatchObject({ code: 'withdrawn' });
  await rm(folder, { recursive: true, force: true });

  await stage.relay.stop();
  await stranger.page.reload();
  await notice.filter({ hasText: ENDED }).waitFor();
  expect(await stranger.page.getByText('Your data').count()).toBe(0);
});
