/** What a host relies on, on a whole relay in this process: approval, invitations, commands over the socket, limits, lost files. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode, hashBytes } from '#protocol/codec';
import { signBody, type Identity } from '#protocol/identity';
import { noSocket } from './admin/no-socket.ts';
import { closeAll, entered, raw } from '#signaling/server/raw-socket.fixture';
import { proveBlob } from '#signaling/relay-signed';
import { readConfig } from './config.ts';
import { newIdentity, signedBytes, testManifest } from './manifest.fixture.ts';
import { startRelay, type Relay } from './relay.ts';
import { startSeat } from './seat.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
let data: string;
const running = new Set<Relay>();
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'mesh-host-'));
});
afterEach(async () => {
  for (const relay of running) await relay.close();
  running.clear();
  await closeAll();
  await rm(data, { recursive: true });
});

async function start(...options: string[]): Promise<Relay> {
  const relay = await startRelay(readConfig(['--port', '0', '--data', data, ...options], {}), { log: silent, startSeat });
  running.add(relay);
  return relay;
}
async function stop(relay: Relay): Promise<void> {
  running.delete(relay);
  await relay.close();
}

const post = async (relay: Relay, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
  const reply = await fetch(`${relay.url}/api/federations`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/cbor', ...headers },
  });
  return { status: reply.status, answer: (await reply.json()) as { id: string; code?: string; waits?: string; field?: string } };
};
const fresh = async (relay: Relay, nonce: string, steward?: Identity) => {
  const by = steward ?? (await newIdentity());
  return signedBytes(by, testManifest(by.id, relay.id as never, { nonce }));
};
const listed = async (relay: Relay) =>
  ((await (await fetch(`${relay.url}/api/federations`)).json()) as { id: string }[]).map(({ id }) => id);

const admin = (...args: string[]) =>
  new Promise<{ code: number; out: string; error: string }>((resolve) => {
    const main = fileURLToPath(new URL('./admin/main.ts', import.meta.url));
    execFile(process.execPath, [main, ...args, '--data', data], (error, out, problem) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, error: problem }),
    );
  });

describe('a relay that others can reach', () => {
  it('lets a manifest wait for its host: not listed, without a room or a seat, until approved', async () => {
    const relay = await start('--publish', 'approve');
    const before = await listed(relay);
    const bytes = await fresh(relay, 'stranger');
    const { status, answer } = await post(relay, bytes);
    expect([status, answer.waits]).toEqual([202, 'The host of this relay has to approve it first.']);
    expect(await listed(relay)).toEqual(before);
    expect((await fetch(`${relay.url}/api/federations/${answer.id}`)).status).toBe(404);
    expect(relay.signaling.rooms.peers(answer.id as never)).toEqual([]);
    expect((await post(relay, bytes)).status).toBe(202);

    const shown = await admin('list');
    expect(shown.out).toMatch(new RegExp(`^${answer.id}  waiting .*Test$`, 'm'));
    expect((await admin('approve', answer.id.slice(0, 10))).code).toBe(0);
    expect(await listed(relay)).toEqual([...before, answer.id]);
    expect(relay.signaling.rooms.peers(answer.id as never)).toEqual([relay.id]);
    await stop(relay);
    expect(await listed(await start('--publish', 'approve'))).toEqual([...before, answer.id]);
  });

  it('accepts an invitation once, and nothing else while closed', async () => {
    const relay = await start('--publish', 'closed');
    expect(await post(relay, await fresh(relay, 'uninvited'))).toMatchObject({ status: 403, answer: { code: 'publishing-closed' } });
    const { code } = JSON.parse((await admin('invite', '--json')).out) as { code: string };
    const headers = { 'mesh-invitation': code };
    expect((await post(relay, await fresh(relay, 'guest'), headers)).status).toBe(201);
    expect(await post(relay, await fresh(relay, 'second'), headers)).toMatchObject({ status: 422, answer: { field: 'invitation' } });
    expect(await listed(relay)).toHaveLength(3);
  });

  it('accepts an invitation once for a manifest that is already waiting', async () => {
    const relay = await start('--publish', 'approve');
    const bytes = await fresh(relay, 'impatient');
    expect((await post(relay, bytes)).status).toBe(202);
    const { code } = JSON.parse((await admin('invite', '--json')).out) as { code: string };
    const none = await post(relay, bytes, { 'mesh-invitation': 'A'.repeat(16) });
    expect(none).toMatchObject({ status: 422, answer: { field: 'invitation' } });
    const { status, answer } = await post(relay, bytes, { 'mesh-invitation': code });
    expect([status, answer.waits]).toEqual([200, undefined]);
    expect(await listed(relay)).toContain(answer.id);
    expect(relay.signaling.rooms.peers(answer.id as never)).toEqual([relay.id]);
    expect((await admin('list')).out).toMatch(new RegExp(`^${answer.id}  listed, kept`, 'm'));
    expect((await post(relay, bytes, { 'mesh-invitation': code })).status).toBe(200);
    expect((await post(relay, await fresh(relay, 'second'), { 'mesh-invitation': code })).status).toBe(422);
  });

  it('accepts bytes, while closed, from those whose manifests it accepts', async () => {
    const relay = await start('--publish', 'closed');
    const [guest, stranger] = [await newIdentity(), await newIdentity()];
    const put = async (by: Identity, text: string, headers: Record<string, string> = {}) => {
      const body = new TextEncoder().encode(text);
      const authorization = await proveBlob(by, hashBytes(body));
      const all = { 'content-type': 'application/octet-stream', authorization, ...headers };
      const reply = await fetch(`${relay.url}/api/blobs/${hashBytes(body)}`, { method: 'PUT', body, headers: all });
      return [reply.status, reply.status === 204 ? null : ((await reply.json()) as { code: string }).code];
    };
    expect(await put(guest, 'a test set')).toEqual([403, 'publishing-closed']);
    const { code } = JSON.parse((await admin('invite', '--json')).out) as { code: string };
    const headers = { 'mesh-invitation': code };
    expect(await put(guest, 'a test set', { 'mesh-invitation': 'A'.repeat(16) })).toEqual([422, 'field-invalid']);
    expect(await put(guest, 'a test set', headers)).toEqual([204, null]);
    expect((await post(relay, await fresh(relay, 'guest', guest), headers)).status).toBe(201);
    expect(await put(guest, 'another')).toEqual([204, null]);
    expect(await put(stranger, 'a third', headers)).toEqual([422, 'field-invalid']);
    expect(await put(stranger, 'a third')).toEqual([403, 'publishing-closed']);
  });

  it('says which manifests it accepts', async () => {
    const relay = await start('--publish', 'approve');
    expect(await (await fetch(`${relay.url}/api/relay`)).json()).toMatchObject({ publish: 'approve' });
  });
});

describe('the host', () => {
  it('hides, shows and removes a federation, and removing deletes everything of it', async () => {
    const relay = await start();
    const { answer } = await post(relay, await fresh(relay, 'one'));
    const { id } = answer;
    expect((await admin('hide', id)).code).toBe(0);
    expect(await listed(relay)).not.toContain(id);
    expect((await fetch(`${relay.url}/api/federations/${id}`)).status).toBe(200);
    expect((await admin('show', id)).code).toBe(0);
    expect(await listed(relay)).toContain(id);
    expect((await admin('remove', id)).out).toContain('removed: true');
    expect((await fetch(`${relay.url}/api/federations/${id}`)).status).toBe(404);
    expect(relay.signaling.rooms.peers(id as never)).toEqual([]);
    await stop(relay);
    expect(await listed(await start())).not.toContain(id);
  });

  it('is told what is wrong with a command', async () => {
    expect(await admin('status')).toMatchObject({ code: 1, error: expect.stringContaining('No relay runs on') });
    const relay = await start();
    expect(await admin('status')).toMatchObject({ code: 0, out: expect.stringContaining('status: ready') });
    expect(await admin('remove', 'nobody')).toMatchObject({
      code: 1,
      error: expect.stringContaining('id: expected the id of a federation'),
    });
    const [builtin] = await listed(relay);
    expect(await admin('remove', builtin!)).toMatchObject({ code: 1, error: expect.stringContaining('can be hidden') });
    // One id in 64 begins with a hyphen.
    const hyphened = await admin('remove', `-${'x'.repeat(42)}`);
    expect(hyphened).toMatchObject({ code: 1, error: expect.stringContaining('not-found') });
    expect(await admin('explode')).toMatchObject({ code: 2, error: expect.stringContaining('no such command') });
  });

  it('alone may open the socket, which is not reachable over the network', async () => {
    const relay = await start();
    expect((await stat(join(data, 'admin.sock'))).mode & 0o777).toBe(0o600);
    const { port } = new URL(relay.url);
    for (const path of ['/list', '/admin/list', '/status', '/api/admin/list']) {
      const status = await new Promise((resolve) =>
        request({ port, path, method: 'POST' }, (reply) => resolve(reply.resume().statusCode)).end(),
      );
      expect(status).toBe(404);
    }
  });
});

describe('a socket that cannot be opened', () => {
  const warned: string[] = [];
  const log = { ...silent, warn: (...args: unknown[]) => void warned.push(String(args.at(-1))) };
  beforeEach(() => warned.splice(0));
  const startWarned = async () => {
    const relay = await startRelay(readConfig(['--port', '0', '--data', data], {}), { log, startSeat });
    running.add(relay);
    expect((await fetch(`${relay.url}/readyz`)).status).toBe(200);
    return relay;
  };

  it('because its path is too long leaves the relay running; log and command say what to do', async () => {
    const outer = data;
    data = join(outer, 'd'.repeat(120));
    try {
      await startWarned();
      const sentence = `${join(data, 'admin.sock')} is longer than`;
      expect(warned).toEqual([expect.stringContaining(sentence)]);
      expect(warned[0]).toContain('choose a shorter data directory');
      const told = await admin('status');
      expect([told.code, warned[0]!.startsWith(told.error.trim())]).toEqual([1, true]);
    } finally {
      data = outer;
    }
  });

  it('for another reason leaves the relay running too, with a log entry', async () => {
    await mkdir(join(data, 'admin.sock'));
    await startWarned();
    expect(warned).toEqual([expect.stringMatching(/cannot be opened: .*`npm run admin` does not work/)]);
    expect(await admin('status')).toMatchObject({ code: 1, error: expect.stringContaining('its log says why') });
  });

  it('on Windows is reported as missing there, whatever failed', () => {
    expect(noSocket('C:\\data\\admin.sock', { code: 'ENOENT' }, 'win32')).toContain('Windows does not have');
  });
});

describe('the connections of a relay', () => {
  it('are never all sockets: a share stays for requests', async () => {
    const relay = await start('--sockets', '8');
    const [room] = await listed(relay);
    const url = `${relay.url.replace('http', 'ws')}/mesh`;
    for (let i = 0; i < 6; i++) await entered(url, undefined, { room: room as never, from: `127.0.0.${10 + i}` });
    for (let i = 0; i < 4; i++) await raw(url, {}, `127.0.0.${20 + i}`);
    const status = () =>
      fetch(`${relay.url}/livez`).then(
        (reply) => reply.status,
        () => null,
      );
    await expect.poll(status, { timeout: 5000 }).toBe(200); // long before strangers have to go
    expect(relay.signaling.counts().peers).toBeGreaterThan(2);
  });
});

describe('a data directory', () => {
  it('without its database, its key, or the content of the database is never started over', async () => {
    await stop(await start());
    const [key, database] = [join(data, 'relay.key.pem'), join(data, 'relay.db')];
    const aside = async (path: string, sentence: string) => {
      await rename(path, `${path}.aside`);
      await expect(start()).rejects.toMatchObject({
        code: 'not-found',
        detail: { field: path, expected: expect.stringContaining(sentence) },
      });
      await rename(`${path}.aside`, path);
    };
    await aside(database, 'Put relay.db, and relay.db-wal if there is one, back from a backup');
    await aside(key, 'Put relay.key.pem back from a backup');
    await rename(database, `${database}.aside`);
    await writeFile(database, '');
    await expect(start()).rejects.toMatchObject({ code: 'not-found', detail: { field: database } });
    await rename(`${database}.aside`, database);
    await stop(await start());
    await truncate(database, 0);
    await rm(`${database}-wal`, { force: true });
    await expect(start()).rejects.toMatchObject({ code: 'not-found', detail: { field: database } });
  });

  it('with another relay’s key is refused, naming the missing one', async () => {
    const { id } = await start();
    for (const relay of running) await stop(relay);
    const key = join(data, 'relay.key.pem');
    await rm(key);
    const other = await mkdtemp(join(tmpdir(), 'mesh-host-'));
    const elsewhere = await startRelay(readConfig(['--port', '0', '--data', other], {}), { log: silent, startSeat });
    await elsewhere.close();
    await rename(join(other, 'relay.key.pem'), key);
    await rm(other, { recursive: true });
    await expect(start()).rejects.toMatchObject({ code: 'conflict', detail: { expected: expect.stringContaining(id) } });
  });

  it('keeps what an older version made, leaves it out, and deletes it on command', async () => {
    const relay = await start();
    const steward = await newIdentity();
    const body = { ...testManifest(steward.id, relay.id as never), version: 1 } as never;
    await stop(relay);
    const { openSqliteStore } = await import('./store/sqlite.ts');
    const { defaultQuotas } = await import('./store/quotas.ts');
    const { makeManifest } = await import('./store/store-suite.ts');
    const store = await openSqliteStore(join(data, 'relay.db'), defaultQuotas(relay.id as never));
    const old = 'O'.repeat(43) as never;
    await store.putManifest(makeManifest(old, steward.id, encode(await signBody(steward, body))), 0);
    await store.close();
    const again = await start();
    expect(await listed(again)).toHaveLength(2);
    expect((await admin('list')).out).toContain(`${String(old)}  unread`);
    expect((await admin('remove', old)).code).toBe(0);
    expect((await admin('list')).out).not.toContain(String(old));
  });
});
