/** Attacks on a relay's promises to its host: who publishes, what is kept, and how it handles a full disk or a missing file. */
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { decode, type Hash } from '#protocol/codec';
import { FEDERATIONS_MAX, FEDERATIONS_PER_IDENTITY_MAX, STATES_KEPT } from '#protocol/limits';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import type { CertifiedRecord } from '#protocol/round/messages';
import { signBody } from '#protocol/identity';
import { MemoryStorage } from '#protocol/driver/memory-storage';
import { openDriver } from '#protocol/driver/open';
import { aggregateHere } from '#protocol/robust/rule';
import { systemEnvironment } from '#signaling/environment';
import type { Arena } from './arena.ts';
import type { Attack, Cut } from './attack.ts';
import { publish, relayId, smallManifest } from './federation.ts';
import { request } from './request.ts';
import { newIdentity } from './stranger.ts';

/** About 10^6 parameters in a manifest of less than a kilobyte. */
const LARGE: Partial<ManifestBody> = { model: { kind: 'mlp', hidden: [1000, 990], activation: 'tanh', seed: 'large' } };
const FULL_MS = 3000;

const listed = async (url: string, address?: string): Promise<string[]> => {
  const { body } = await request(`${url}/api/federations`, address === undefined ? {} : { address });
  return (JSON.parse(body.toString()) as { id: string }[]).map(({ id }) => id);
};

/** A host's command, as `npm run admin` sends it. */
function command(data: string, path: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ socketPath: join(data, 'admin.sock'), path, method: 'POST' }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      reply.on('end', () => resolve(JSON.parse(text) as Record<string, unknown>));
    });
    sent.on('error', reject).end();
  });
}

/** Whether the relay starts over with a file missing. */
async function withoutFile(arena: Arena, name: string) {
  const relay = await arena.relay();
  const before = await relayId(relay.url);
  const { id } = await arena.found();
  await relay.stop();
  for (const suffix of ['', '-wal', '-shm']) await rm(join(relay.data, name + suffix), { force: true });
  const problem = await relay.restart().then(
    () => null,
    (error: Error) => error.message,
  );
  if (problem !== null) return { succeeded: !problem.includes('from a backup'), evidence: { refused: problem.slice(0, 300) } };
  const after = await relayId(relay.url);
  const forgotten = after !== before || !(await listed(relay.url)).includes(id);
  return { succeeded: forgotten, evidence: { sameRelay: after === before, forgotten } };
}

const BEGINS_ANEW: Cut = { file: 'relay/data-directory.ts', find: 'isNew: !hasKey', put: 'isNew: true' };

export const attacks: readonly Attack[] = [
  {
    name: 'free-keys-fill-all-places',
    finding: 'Federations with free keys: all places taken, for good',
    held: false,
    without: [{ file: 'relay/reclaim.ts', find: 'if (goes === null) throw error;', put: 'throw error;' }],
    async run(arena) {
      const { url } = await arena.relay({ args: ['--publish', 'open'] });
      const seat = await relayId(url);
      let published = 0;
      const statuses: Record<number, number> = {};
      for (let at = 2; at < 200 && published < FEDERATIONS_MAX; at++) {
        const address = `127.0.0.${at}`;
        const key = await newIdentity();
        for (let i = 0; i < FEDERATIONS_PER_IDENTITY_MAX; i++) {
          const { status } = await publish(url, key, smallManifest(key.id, seat), address);
          statuses[status] = (statuses[status] ?? 0) + 1;
          if (status === 201) published++;
        }
      }
      const honest = await newIdentity();
      const { status } = await publish(url, honest, smallManifest(honest.id, seat));
      return { succeeded: status !== 201, evidence: { published, statuses, honest: status } };
    },
  },
  {
    name: 'publishing-unasked',
    finding: 'Publishing on a relay that others can reach, without its host',
    held: false,
    without: [{ file: 'relay/publishing.ts', find: "invited || this.policy === 'open' ? 'listed' : 'waiting'", put: "'listed'" }],
    async run(arena) {
      const { url } = await arena.relay({ env: { MESH_NAMES: 'relay.example' } });
      const [key, seat] = [await newIdentity(), await relayId(url)];
      const { status, body } = await publish(url, key, smallManifest(key.id, seat));
      const { id } = JSON.parse(body.toString()) as { id: string };
      const shown = (await listed(url)).includes(id);
      const manifest = (await request(`${url}/api/federations/${id}`)).status;
      return { succeeded: shown || manifest === 200, evidence: { status, shown, manifest } };
    },
  },
  {
    name: 'invitation-used-twice',
    finding: 'An invitation lets in one manifest',
    held: false,
    without: [
      {
        file: 'relay/store/sqlite-statements.ts',
        find: 'DELETE FROM invitations WHERE hash = ? AND until >= ? RETURNING hash',
        put: 'SELECT hash FROM invitations WHERE hash = ? AND until >= ?',
      },
    ],
    async run(arena) {
      const { url, data } = await arena.relay({ args: ['--publish', 'closed'] });
      const { code } = await command(data, '/invite');
      const statuses: number[] = [];
      for (let i = 0; i < 2; i++) {
        const key = await newIdentity();
        const headers = { 'mesh-invitation': String(code) };
        statuses.push((await publish(url, key, smallManifest(key.id, await relayId(url)), undefined, headers)).status);
      }
      return { succeeded: statuses[1] === 201, evidence: { statuses } };
    },
  },
  {
    name: 'manifests-of-a-million-parameters',
    finding: 'A manifest of 792 bytes costs 495 ms of synchronous work, again at every restart',
    held: false,
    without: [
      {
        file: 'relay/seat.ts',
        find: "import { openDriver } from '#protocol/driver/open';",
        put: "import { openDriver } from '#protocol/driver/open'; import { aggregateHere } from '#protocol/robust/rule';",
      },
      {
        file: 'relay/seat.ts',
        find: '    this.#needs = allotmentOf(manifest.body).memory;',
        put: '    this.#needs = allotmentOf(manifest.body).memory; void aggregateHere(manifest.body, null, []);',
      },
    ],
    async run(arena) {
      const { url } = await arena.relay({ args: ['--publish', 'open', '--memory', '1G'] });
      const seat = await relayId(url);
      const took = async (change: Partial<ManifestBody>) => {
        const key = await newIdentity();
        const body = smallManifest(key.id, seat, change);
        const from = performance.now();
        const { status, body: answer } = await publish(url, key, body);
        if (status !== 201) throw new Error(`publishing failed: ${status} ${answer.toString()}`);
        return performance.now() - from;
      };
      await took({});
      await took(LARGE);
      const [small, large]: [number[], number[]] = [[], []];
      for (let i = 0; i < 5; i++) {
        small.push(await took({}));
        large.push(await took(LARGE));
      }
      const median = (times: number[]) => times.sort((a, b) => a - b)[2]!;
      const ratio = median(large) / median(small);
      return { succeeded: ratio > 4, evidence: { smallMs: median(small), largeMs: median(large), ratio } };
    },
  },
  {
    name: 'states-for-ever',
    finding: 'States outside every quota: 5 MB/s, never deleted',
    held: false,
    without: [
      { file: 'relay/store/sqlite-statements.ts', find: "for (const hash of released) if (typeof hash === 'string') drop(hash);", put: '' },
    ],
    async run(arena) {
      const honest = await arena.honest();
      await arena.until('many models', () => honest.models() >= 4 * STATES_KEPT);
      const { url } = await arena.relay();
      const { body } = await request(`${url}/api/federations/${honest.federation.id}/records`);
      const states = new Set<Hash>((decode(body) as CertifiedRecord[]).map(({ record }) => record.state));
      let kept = 0;
      for (const state of states) if ((await request(`${url}/api/blobs/${state}`)).status === 200) kept++;
      return { succeeded: kept > STATES_KEPT, evidence: { states: states.size, kept } };
    },
  },
  {
    name: 'disk-full-for-a-while',
    finding: 'Disk full for 3 s, then free: no rounds until a restart, health "ok"',
    held: false,
    without: [
      {
        file: 'relay/seat.ts',
        find: '    this.#later(afterMs, async () => {\n      await this.#shut();\n      await this.#open();\n    });\n',
        put: '',
      },
    ],
    async run(arena) {
      const folder = await arena.folder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder]);
      arena.end(() => execFileSync('umount', ['-l', folder]));
      const { url } = await arena.relay({ args: ['--data', folder] });
      const honest = await arena.honest();
      await writeFile(join(folder, 'filler'), new Uint8Array(32e6)).catch(() => {}); // until the disk is full
      await arena.until('the seat is down', async () => (await request(`${url}/readyz`)).status === 503);
      const health = JSON.parse((await request(`${url}/health`)).body.toString()) as { status: string };
      await arena.sleep(FULL_MS);
      await rm(join(folder, 'filler'));
      const before = honest.models();
      const on = await arena.comes(() => honest.models() >= before + 5, 60_000);
      return { succeeded: !on, evidence: { health: health.status, before, after: honest.models() } };
    },
  },
  {
    name: 'database-gone',
    finding: 'Empty database: starts anew without a word',
    held: false,
    without: [{ file: 'relay/data-directory.ts', find: 'if (hasKey && !hasDatabase)', put: 'if (false)' }, BEGINS_ANEW],
    run: (arena) => withoutFile(arena, 'relay.db'),
  },
  {
    name: 'key-gone',
    finding: 'Missing key file: starts anew without a word',
    held: false,
    without: [
      { file: 'relay/data-directory.ts', find: 'if (hasDatabase && !hasKey)', put: 'if (false)' },
      { file: 'relay/store/sqlite-schema.ts', find: "if (kept !== undefined && kept['value'] !== relay)", put: 'if (false)' },
    ],
    run: (arena) => withoutFile(arena, 'relay.key.pem'),
  },
  {
    name: 'listener-that-throws',
    finding: 'A listener that throws stops the peer for good',
    held: false,
    without: [
      {
        file: 'protocol/driver/driver.ts',
        find: 'await this.#perform(effect).catch((error: unknown) => this.#report(error));',
        put: 'await this.#perform(effect).catch((error: unknown) => this.#fail(error));',
      },
      {
        file: 'protocol/driver/driver.ts',
        find: 'return this.#tell(() => this.#options.onEvent(effect.event));',
        put: 'return this.#options.onEvent(effect.event);',
      },
    ],
    async run() {
      const [identity, seat] = [await newIdentity(), await newIdentity()];
      const faults: string[] = [];
      const host = await openDriver({
        manifest: await openManifest(await signBody(identity, smallManifest(identity.id, seat.id))),
        identity,
        storage: new MemoryStorage(),
        environment: systemEnvironment,
        aggregate: aggregateHere,
        onEvent: () => {
          throw new Error('a bug of the page');
        },
        onFault: ({ detail }) => void faults.push(detail.got ?? ''),
      });
      host.setMode('active');
      await host.settled();
      return { succeeded: host.failed, evidence: { faults } };
    },
  },
  {
    name: 'socket-of-the-host',
    finding: 'The host’s commands are for the owner of the data directory alone',
    held: false,
    without: [{ file: 'relay/admin/socket.ts', find: 'const OWNER_ONLY = 0o600;', put: 'const OWNER_ONLY = 0o666;' }],
    async run(arena) {
      const { url, data } = await arena.relay();
      const mode = execFileSync('stat', ['-c', '%a', join(data, 'admin.sock')], { encoding: 'utf8' }).trim();
      const statuses = await Promise.all(
        ['/list', '/admin/list', '/api/admin/list'].map(async (path) => (await request(url + path, { method: 'POST' })).status),
      );
      return { succeeded: mode !== '600' || statuses.includes(200), evidence: { mode, statuses } };
    },
  },
];
