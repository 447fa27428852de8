/**
 * The relay as its host runs it: a real process, started, killed and started again.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity, signedBytes, testManifest } from './manifest.fixture.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly out: () => string;
}

let data: string;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'mesh-main-'));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  children.clear();
  await rm(data, { recursive: true });
});

function run(args: string[], environment: Record<string, string> = {}): { child: ChildProcess; out: () => string; error: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  children.add(child);
  const text = { out: '', error: '' };
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (text.error += chunk));
  return { child, out: () => text.out, error: () => text.error };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function start(args: string[] = []): Promise<Running> {
  const { child, out, error } = run(['--port', '0', '--data', data, ...args]);
  while (!out().includes('\n')) {
    if (child.exitCode !== null) throw new Error(`the relay ended: ${error()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const url = /https?:\/\/\S+/.exec(out())?.[0];
  if (url === undefined) throw new Error(`no address in ${out()}`);
  return { child, url, out };
}

/** As fetch, but retries: a relay on a busy machine may answer 503 to be asked again later. */
async function ask(url: string, init?: RequestInit): Promise<Response> {
  for (;;) {
    const reply = await fetch(url, init);
    if (reply.status !== 503) return reply;
    await reply.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const idsOf = async (url: string) => ((await (await ask(`${url}/api/federations`)).json()) as { id: string }[]).map(({ id }) => id);

describe('the relay process', () => {
  it('prints one line with its address, serves, and drains on SIGTERM with code 0', async () => {
    const relay = await start();
    expect(relay.out().trim().split('\n')).toHaveLength(1);
    expect((await ask(`${relay.url}/readyz`)).status).toBe(200);
    expect(await (await ask(`${relay.url}/health`)).json()).toEqual({ status: 'ok', nodes: 0 });
    relay.child.kill('SIGTERM');
    expect(await exitOf(relay.child)).toBe(0);
    await expect(fetch(`${relay.url}/livez`)).rejects.toThrow();
  });

  it('closes its sockets with 1012 when it drains', async () => {
    const relay = await start();
    const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/mesh`);
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
    const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code), { once: true }));
    relay.child.kill('SIGINT');
    expect(await closed).toBe(1012);
    expect(await exitOf(relay.child)).toBe(0);
  });

  it('has the same federations after a restart, also after kill -9', async () => {
    const first = await start();
    const builtin = await idsOf(first.url);
    expect(builtin).toHaveLength(2);
    const steward = await newIdentity();
    const body = await signedBytes(steward, testManifest(steward.id, steward.id));
    const published = await ask(`${first.url}/api/federations`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/cbor' },
    });
    expect(published.status).toBe(201);
    const { id } = (await published.json()) as { id: string };
    first.child.kill('SIGKILL');
    await exitOf(first.child);

    const second = await start();
    expect(await idsOf(second.url)).toEqual([...builtin, id]);
    const testSet = await ask(`${second.url}/api/federations/${builtin[0]}`);
    expect(testSet.status).toBe(200);
    second.child.kill('SIGTERM');
    expect(await exitOf(second.child)).toBe(0);
    const third = await start();
    expect(await idsOf(third.url)).toEqual([...builtin, id]);
  });

  it('exits with code 2 and names what is wrong', async () => {
    const { child, out, error } = run([], { MESH_PORT: 'many', MESH_DATA: data });
    expect(await exitOf(child)).toBe(2);
    expect(error()).toBe('MESH_PORT: expected a port from 0 to 65535 (0: any free one), got "many"\n');
    expect(out()).toBe('');
    const other = run(['--prot', '1']);
    expect(await exitOf(other.child)).toBe(2);
    expect(other.error()).toContain('--port');
  });

  it('exits with code 1 if its port or its directory is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { child, error } = run(['--port', String((taken.address() as AddressInfo).port), '--data', data]);
    expect(await exitOf(child)).toBe(1);
    expect(error()).toContain('--port: the port is taken');
    taken.close();
    await start();
    const second = run(['--port', '0', '--data', data]);
    expect(await exitOf(second.child)).toBe(1);
    expect(second.error()).toContain('a data directory that no other relay uses');
  });
});
