/**
 * The relay behind real proxies, under a path: `npm run prove -- proxies`. Takes the configurations of docs/proxies.md as they are (only
 * addresses and certificates changed), runs each of Caddy, nginx and HAProxy that this system has before a relay, and tries the page in a
 * browser, the interface, a headless member that joins, and whether limits count true clients. None installed proves nothing: null.
 */
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { WebSocket } from 'ws';
import { SOCKETS_UNPROVEN_PER_ADDRESS_MAX } from '#protocol/limits';
import { socketUrl } from '#signaling/client';
import { relayUrl } from '#signaling/relay-url';
import { openHeadlessPeer } from '#workers/peer/headless';
import { fetchFederations } from '#signaling/relay-client';
import { PATHS } from '#protocol/rest';
import { startRelayProcess } from './relay-process.ts';
import { launchChromium, Tab } from './tab.ts';
import { verdict } from './verdict.ts';

const BASE = '/mesh-relay/';
const FEDERATION = 'Handwritten digits';
const START_MS = 15_000;

interface Proxy {
  readonly program: string;
  /** @param text of the documentation @returns the whole configuration, on loopback and without certificates */
  readonly configure: (text: string, port: number, folder: string) => string;
  readonly args: (file: string) => readonly string[];
}

const PROXIES: Readonly<Record<string, Proxy>> = {
  caddy: {
    program: 'caddy',
    configure: (text, port, folder) =>
      `{\n admin off\n auto_https off\n storage file_system ${folder}\n}\n${text.replace('relay.example', `http://127.0.0.1:${port}`)}`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  nginx: {
    program: 'nginx',
    configure(text, port, folder) {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
      const server = text.replace('listen 443 ssl;', `listen 127.0.0.1:${port};`);
      return `daemon off; pid ${folder}/pid; error_log stderr;\nevents {}\nhttp { access_log off; ${temporary.join(' ')}\n${server}\n}`;
    },
    args: (file) => ['-c', file, '-e', 'stderr'],
  },
  haproxy: {
    program: 'haproxy',
    configure: (text, port) => text.replace('bind :443 ssl crt /etc/haproxy/certs/', `bind 127.0.0.1:${port}`),
    args: (file) => ['-db', '-f', file],
  },
};

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function documented(name: string): Promise<string> {
  const text = await readFile(new URL('../docs/proxies.md', import.meta.url), 'utf8');
  const block = new RegExp(`\`\`\`${name}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
  if (block === undefined) throw new Error(`docs/proxies.md has no configuration of ${name}`);
  return block;
}

interface RunningProxy {
  readonly url: string;
  stop(): Promise<void>;
}

async function startProxy(name: string, { program, configure, args }: Proxy, relayHost: string): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `mesh-${name}-`));
  const port = await freePort();
  const file = join(folder, 'config');
  await writeFile(file, configure(await documented(name), port, folder).replace('127.0.0.1:8710', relayHost));
  const child: ChildProcess = spawn(program, [...args(file)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder },
  });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const url = `http://127.0.0.1:${port}${BASE}`;
  const until = performance.now() + START_MS;
  while ((await fetch(relayUrl(url, PATHS.livez)).catch(() => null))?.ok !== true) {
    if (child.exitCode !== null || performance.now() > until) throw new Error(`${name} does not answer: ${said}`);
    await sleep(100);
  }
  return {
    url,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), 5000);
        await ended;
        clearTimeout(late);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The list, a deep address opened directly and reloaded, a script of the worker; in a real browser without an error. */
async function pageWorks(browser: Browser, url: string): Promise<boolean> {
  const tab = await Tab.open(browser, url);
  try {
    await tab.page
      .getByRole('link', { name: new RegExp(FEDERATION, 'i') })
      .first()
      .click();
    await tab.page.getByLabel('Choose a CSV file').waitFor({ state: 'attached' });
    const address = tab.page.url();
    if (!address.startsWith(`${url}f/`) || !address.endsWith('/join')) throw new Error(`the link leads to ${address}`);
    await tab.page.reload();
    await tab.page.getByLabel('Choose a CSV file').waitFor({ state: 'attached' });
    const scope = await tab.page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
    if (scope !== url) throw new Error(`the service worker keeps ${scope}`);
    if (tab.errors.length > 0) throw new Error(tab.errors.join(' | '));
    return true;
  } finally {
    await tab.context.close();
  }
}

/** What came over the wire, as one browser gets it. */
function encodingOf(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip, deflate, br' } }, (response) => {
      response.resume();
      resolve(String(response.headers['content-encoding']));
    }).on('error', reject);
  });
}

async function assetsCompressed(url: string): Promise<boolean> {
  const html = await (await fetch(url)).text();
  const script = /src="([^"]+\.js)"/.exec(html)?.[1];
  if (script === undefined) throw new Error('the page names no script');
  return (await encodingOf(new URL(script, url))) === 'br' && (await encodingOf(new URL(url))) === 'br';
}

/** One headless member that reads samples, blobs and records, and enters the room. */
async function memberJoins(url: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-member-'));
  const peer = await openHeadlessPeer({ relay: url, federation: FEDERATION, folder, data: { sample: 'digits-1.csv' } });
  try {
    const until = performance.now() + 30_000;
    while (performance.now() < until) {
      const list = await fetchFederations(url);
      if (list.some(({ name, members }) => name === FEDERATION && members === 1)) return true;
      await sleep(200);
    }
    return false;
  } finally {
    await peer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A socket that proves nothing, whatever its client claims to be. */
async function openSocket(url: string, localAddress: string, claim: string): Promise<WebSocket> {
  const socket = new WebSocket(socketUrl(url), { localAddress, headers: { 'x-forwarded-for': claim } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket.on('error', () => {});
}

/** Past what one address may have its own oldest gives way, though each claims to be somebody else; another address keeps its place. */
async function clientsAreTrue(url: string): Promise<boolean> {
  const other = await openSocket(url, '127.0.0.3', '127.0.0.2');
  const opened = [other];
  try {
    for (let i = 0; i <= SOCKETS_UNPROVEN_PER_ADDRESS_MAX; i++) opened.push(await openSocket(url, '127.0.0.2', `203.0.113.${i}`));
    const oldest = opened[1]!;
    const until = performance.now() + 3000;
    while (oldest.readyState === WebSocket.OPEN && performance.now() < until) await sleep(20);
    return (
      oldest.readyState !== WebSocket.OPEN && opened.filter(({ readyState }) => readyState === WebSocket.OPEN).length === opened.length - 1
    );
  } finally {
    for (const socket of opened) socket.terminate();
  }
}

function installed(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = Object.keys(PROXIES).filter((name) => values.only === undefined || values.only === name);
const figures: Record<string, unknown> = {};
const browser = await launchChromium();
try {
  for (const name of names.filter((each) => installed(PROXIES[each]!.program))) {
    const relay = await startRelayProcess({ args: ['--base', BASE, '--trusted-proxies', '127.0.0.1'] });
    let proxy: RunningProxy | null = null;
    const found: Record<string, boolean | string> = {};
    figures[name] = found;
    try {
      proxy = await startProxy(name, PROXIES[name]!, new URL(relay.url).host);
      const { url } = proxy;
      const checks = {
        page: () => pageWorks(browser, url),
        compressed: () => assetsCompressed(url),
        member: () => memberJoins(url),
        clients: () => clientsAreTrue(url),
      };
      for (const [what, check] of Object.entries(checks)) found[what] = await check().catch((error: unknown) => String(error));
    } catch (error) {
      found['start'] = String(error);
    } finally {
      await proxy?.stop();
      await relay.remove();
    }
    process.stdout.write(`${name}: ${JSON.stringify(found)}\n`);
  }
} finally {
  await browser.close();
}
const tried = Object.values(figures).flatMap((found) => Object.values(found as Record<string, unknown>));
const missing = names.filter((name) => figures[name] === undefined);
const pass = tried.length === 0 ? null : tried.every((held) => held === true) && missing.length === 0;
verdict('proxies', pass, { ...figures, ...(missing.length === 0 ? {} : { notInstalled: missing }) }, { eachCheck: true });
