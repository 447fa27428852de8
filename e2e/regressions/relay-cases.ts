/** What hosts and reviewers met at a relay. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decode } from '#protocol/codec';
import { STATES_KEPT } from '#protocol/limits';
import type { SignedManifest } from '#protocol/manifest/manifest';
import type { CertifiedRecord } from '#protocol/round/messages';
import { fetchRecords } from '#signaling/relay-signed';
import type { Arena, ArenaRelay } from '../attack/arena.ts';
import { found, privacyOf, publish, relayId, rowsText, smallManifest } from '../attack/federation.ts';
import { request } from '../attack/request.ts';
import { newIdentity, Stranger } from '../attack/stranger.ts';
import type { Case } from './case.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BEHIND = 70;

/** The longest that a probe waits while something is at work, in milliseconds, and how long the work took. */
async function slowestProbe({ url }: ArenaRelay, work: Promise<unknown>): Promise<{ longest: number; took: number }> {
  const state = { over: false };
  const began = performance.now();
  const done = work.finally(() => (state.over = true));
  let longest = 0;
  while (!state.over) {
    const asked = performance.now();
    await request(`${url}/livez`);
    longest = Math.max(longest, performance.now() - asked);
    await sleep(5); // faster, and it would be a flood, which is refused
  }
  await done;
  return { longest, took: performance.now() - began };
}

/** States on the relay's disk, after it has stopped: a store is one program's at a time. */
/** Of a federation's bytes: states, and what neither a record nor a cell names. */
async function statesIn(relay: ArenaRelay): Promise<{ readonly states: number; readonly unnamed: number }> {
  await relay.stop();
  const database = new DatabaseSync(join(relay.data, 'relay.db'), { readOnly: true });
  const count = (where: string) => Number(database.prepare(`SELECT COUNT(*) AS n FROM blobs WHERE isState = 1 AND ${where}`).get()!['n']);
  const vectors = 'hash IN (SELECT hash FROM vectors UNION SELECT blob FROM cells WHERE blob IS NOT NULL)';
  const counted = { states: count(`NOT ${vectors}`), unnamed: count(`NOT ${vectors} AND hash NOT IN (SELECT hash FROM states)`) };
  database.close();
  return counted;
}

/** A manifest of a few hundred bytes whose states have a million parameters. */
async function largeFederation(arena: Arena) {
  const { url } = await arena.relay();
  const [steward, seat] = [await newIdentity(), await relayId(url)];
  const base = smallManifest(steward.id, seat);
  const body = {
    ...base,
    model: { kind: 'mlp' as const, hidden: [990, 990], activation: 'tanh' as const, seed: 'large' },
    privacy: { ...base.privacy, gridBits: 16 },
  };
  return { url, steward, body };
}

export const cases: readonly Case[] = [
  {
    name: 'clients-behind-a-proxy',
    finding: 'everybody behind the documented proxy is one address: client 65 gets 429',
    right: { entered: BEHIND },
    async run(arena) {
      const { url } = await arena.relay({ args: ['--trusted-proxies', 'loopback', '--publish', 'open'] });
      const { id } = await found(url);
      const entered = await Promise.allSettled(
        Array.from({ length: BEHIND }, (_, i) =>
          Stranger.enter(url, id, { socket: { headers: { 'x-forwarded-for': `203.0.113.${i + 1}` } } }).then((one) =>
            arena.end(() => one.close()),
          ),
        ),
      );
      return { entered: entered.filter(({ status }) => status === 'fulfilled').length };
    },
  },
  {
    name: 'publishing-in-public',
    finding: 'anybody fills all places for federations of a relay that others can reach, for good',
    right: { created: 0, listed: 0 },
    async run(arena) {
      const relay = await arena.relay({ env: { MESH_NAMES: 'relay.example' } });
      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => {
          const steward = await newIdentity();
          return publish(relay.url, steward, smallManifest(steward.id, await relayId(relay.url)));
        }),
      );
      const listed = JSON.parse((await request(`${relay.url}/api/federations`)).body.toString()) as { name: string }[];
      return {
        created: answers.filter(({ status }) => status === 201).length,
        listed: listed.filter(({ name }) => name === 'Corners').length,
      };
    },
  },
  {
    name: 'large-first-state',
    finding: 'a manifest of 792 bytes costs 495 ms of the event loop and a state of 7.9 MB',
    right: { others: 'answered meanwhile', statesOnDisk: 0 },
    async run(arena) {
      const relay = await arena.relay();
      const { url, steward, body } = await largeFederation(arena);
      const { longest, took } = await slowestProbe(
        relay,
        publish(url, steward, body).then(() => arena.sleep(1500)),
      );
      const { states: statesOnDisk } = await statesIn(relay);
      return { others: longest < took / 4 ? 'answered meanwhile' : `held up for ${longest} of ${took} ms`, statesOnDisk };
    },
  },
  {
    name: 'states-kept',
    finding: 'states are unmetered and permanent: one for each round, never deleted',
    right: { atMost: STATES_KEPT, unnamed: 0 },
    async run(arena) {
      const relay = await arena.relay();
      const honest = await arena.honest();
      await arena.until('rounds', () => honest.models() > 3 * STATES_KEPT + 20);
      await honest.stop();
      const { states, unnamed } = await statesIn(relay);
      return { atMost: Math.max(states, STATES_KEPT), unnamed };
    },
  },
  {
    name: 'page-compressed',
    finding: 'the page is not compressed: 182 kB on the wire where 51 kB are claimed',
    right: { brotli: 'br', gzip: 'gzip', plain: 'none', smaller: true },
    async run(arena) {
      const { url } = await arena.relay();
      const index = (await request(`${url}/`)).body.toString();
      const script = /src="([^"]+\.js)"/.exec(index)![1]!;
      const ask = async (accept: string) => request(new URL(script, `${url}/`).href, { headers: { 'accept-encoding': accept } });
      const [brotli, gzip, plain] = [await ask('br'), await ask('gzip'), await ask('identity')];
      const said = ({ headers }: typeof brotli) => headers['content-encoding'] ?? 'none';
      return { brotli: said(brotli), gzip: said(gzip), plain: said(plain), smaller: brotli.body.length * 2 < plain.body.length };
    },
  },
  {
    name: 'page-under-a-path',
    finding: 'path prefixes give a blank page',
    right: { page: 200, script: 200, type: 'application/javascript; charset=utf-8' },
    async run(arena) {
      const relay = await arena.relay({ env: { MESH_BASE: '/mesh-relay/' } });
      const address = new URL('/mesh-relay/f/any/join', relay.url).href;
      const page = await request(address);
      const html = page.body.toString();
      const base = /<base href="([^"]+)"/.exec(html)?.[1] ?? './';
      const script = await request(new URL(/src="([^"]+\.js)"/.exec(html)![1]!, new URL(base, address)).href);
      return { page: page.status, script: script.status, type: script.headers['content-type'] };
    },
  },
  {
    name: 'taken-port',
    finding: 'a taken --port is reported as MESH_PORT',
    right: { option: '--port', variable: 'MESH_PORT' },
    async run(arena) {
      const { url } = await arena.relay();
      const { port } = new URL(url);
      const named = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
        const data = await arena.folder();
        const { stderr } = spawnSync(process.execPath, [join(ROOT, 'relay/main.ts'), '--data', data, ...args], {
          encoding: 'utf8',
          env: { ...process.env, ...env },
        });
        return /(--port|MESH_PORT)/.exec(stderr)?.[0] ?? stderr;
      };
      return { option: await named(['--port', port], {}), variable: await named([], { MESH_PORT: port }) };
    },
  },
  {
    name: 'consent-says-what-is-drawn',
    finding: 'consent says “a random part of your rows” where the rate is 1',
    right: [],
    async run(arena) {
      const { url } = await arena.relay();
      const list = JSON.parse((await request(`${url}/api/federations`)).body.toString()) as { id: string }[];
      const bodies = await Promise.all(
        list.map(async ({ id }) => (decode(new Uint8Array((await request(`${url}/api/federations/${id}`)).body)) as SignedManifest).body),
      );
      return bodies
        .filter(({ consent, privacy }) => consent.includes('a random part') !== privacy.rate < 1 && privacy.rate === 1)
        .map(({ name }) => name);
    },
  },
  {
    name: 'metrics-within-the-budget',
    finding: '/metrics shows epsilon_spent 1.085 beside epsilon_budget 1',
    right: { beyond: 0, decided: true },
    async run(arena) {
      const { url } = await arena.relay();
      const { id } = await shortFederation(arena, 6);
      let text = '';
      const figure = (name: string) => Number(new RegExp(`^${name}\\{federation="${id}"[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]);
      // A thread works the price out first, and nothing is told before.
      for (let tries = 0; tries < 100 && Number.isNaN(figure('sovereignmap_privacy_epsilon_spent')); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        text = (await request(`${url}/metrics`)).body.toString();
      }
      const [spent, budget] = [figure('sovereignmap_privacy_epsilon_spent'), figure('sovereignmap_privacy_epsilon_budget')];
      return { beyond: Math.max(0, spent - budget), decided: figure('sovereignmap_fl_rounds_total') >= 6 };
    },
  },
  {
    name: 'rounds-stop-at-t',
    finding: 'T is no cap: 35 rounds were done of 30',
    right: { models: 6 },
    async run(arena) {
      const { models } = await shortFederation(arena, 6);
      return { models };
    },
  },
  {
    name: 'a-spent-peer-says-so',
    finding: 'a spent `npm run peer` dies with “expected enough for one round, got 1”',
    right: { riddle: false, words: true, lines: 2, status: 1 },
    async run(arena) {
      const { url } = await arena.relay();
      const { id, body } = await arena.found(
        { rounds: { minContributors: 1, maxContributors: 4, joinWindowMs: 50, deadlineMs: 2000, takeoverMs: 1000 } },
        2000,
      );
      const [folder, data] = [await arena.folder(), join(await arena.folder(), 'rows.csv')];
      await writeFile(data, rowsText(1));
      // A budget that pays for no round is as spent as one that has paid.
      const args = [
        '--relay',
        url,
        '--federation',
        id,
        '--data',
        data,
        '--peers',
        '1',
        '--folder',
        folder,
        '--epsilon',
        String(body.privacy.epsilon / 1e6),
      ];
      const { stderr, stdout, status } = spawnSync(process.execPath, [join(ROOT, 'workers/peer/peer-cli.ts'), ...args], {
        encoding: 'utf8',
        timeout: 120_000,
      });
      const said = stdout + stderr;
      const from = said.slice(said.indexOf('These rows'));
      return {
        riddle: said.includes('enough for one round, got'),
        words: from.includes('used all the privacy') && from.includes('The model stays usable'),
        lines: from.trim().split('\n').length,
        status,
      };
    },
  },
];

/** Three members in a federation of few rounds, until nothing more comes. */
async function shortFederation(arena: Arena, rounds: number): Promise<{ id: string; models: number }> {
  const relay = await arena.relay();
  const honest = await arena.honest({ privacy: privacyOf(1, rounds) }, 3, rounds);
  await arena.until('the last round', () => honest.models() >= rounds);
  await arena.sleep(3000);
  await honest.stop();
  const { id } = honest.federation;
  const records = (await fetchRecords(relay.url, id, 1)) as CertifiedRecord[];
  return { id, models: records.filter(({ record }) => record.kind === 'model').length };
}
