/**
 * `npm run prove -- e2e:class [--mode plain]`: a class of 25 headless members, all behind one address, comes to a relay that stands behind
 * a proxy (Debian's Caddy), while another address floods it. Judged is how long it takes until each of them has contributed to a
 * certified model. With --shared the flood comes from the class's own address; with --direct there is no proxy.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { found } from './attack/federation.ts';
import type { MemberState } from './attack/arena.ts';
import { hasCores } from './attack/playing.ts';
import { onCore, startRelayProcess } from './relay-process.ts';
import { round, verdict } from './verdict.ts';

const MODES = ['plain'] as const;
const MEMBERS = 25;
const MEMBERS_PROGRAM = fileURLToPath(new URL('./attack/members.ts', import.meta.url));
const FLOOD_PROGRAM = fileURLToPath(new URL('./class-flood.ts', import.meta.url));
const [CLASS_ADDRESS, FLOOD_ADDRESS] = ['127.0.0.1', '127.0.0.9'] as const;
const SECONDS_MAX = 60;
/** Longer than the target, so that a run that fails says by how much. */
const PATIENCE_MS = 150_000;
const FLOOD_FIRST_MS = 3000;
const PROXY_START_MS = 20_000;
/** A lesson's: a round waits a little for those who are still coming, and not long for whoever stays silent. */
const ROUNDS = { minContributors: 5, maxContributors: 32, joinWindowMs: 500, deadlineMs: 4000, takeoverMs: 3000 };

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'plain' },
    shared: { type: 'boolean', default: false },
    direct: { type: 'boolean', default: false },
  },
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
}

/** Caddy on a port of the loopback before `relay`, with nothing set but where to. @returns its own URL */
async function startProxy(relay: string, port: number, folder: string): Promise<ChildProcess> {
  const file = join(folder, 'Caddyfile');
  await writeFile(
    file,
    `{\n  admin off\n  auto_https off\n}\nhttp://127.0.0.1:${port} {\n  bind 127.0.0.1\n  reverse_proxy ${new URL(relay).host}\n}\n`,
  );
  const proxy = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let said = '';
  proxy.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-500)));
  const deadline = Date.now() + PROXY_START_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
    if (answer?.ok) return proxy;
    if (Date.now() > deadline || proxy.exitCode !== null) throw new Error(`Caddy does not answer on port ${port}: ${said}`);
    await sleep(100);
  }
}

async function main(): Promise<void> {
  const name = 'e2e:class';
  const targets = { members: MEMBERS, secondsToAllIn: `<= ${SECONDS_MAX}`, flooded: true };
  if (!MODES.includes(values.mode as never)) {
    process.stderr.write(
      `--mode: expected ${MODES.join(' or ')}, the only way in which rounds collect updates today, got "${values.mode}"\n`,
    );
    process.exitCode = 2;
    return;
  }
  if (!values.direct && spawnSync('caddy', ['version']).status !== 0) {
    return verdict(name, null, { reason: 'no caddy here: apt-get install -y caddy, or --direct for a run without a proxy' }, targets);
  }
  const load = [loadavg()[0]!];
  const folder = await mkdtemp(join(tmpdir(), 'mesh-class-'));
  const port = await freePort();
  const proxied = values.direct ? {} : { MESH_TRUSTED_PROXIES: '127.0.0.1', MESH_NAMES: `127.0.0.1:${port}` };
  const relay = await startRelayProcess({ env: { MESH_LOG: 'info', MESH_PUBLISH: 'open', ...proxied } });
  const children: ChildProcess[] = [];
  const start = (core: number | undefined, program: string, ...args: string[]) => {
    const [command, ...rest] = onCore(core, [process.execPath, program, ...args]);
    const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };
  try {
    const url = values.direct ? relay.url.replace(/\/$/, '') : `http://127.0.0.1:${port}`;
    if (!values.direct) children.push(await startProxy(relay.url, port, folder));
    const { id } = await found(relay.url.replace(/\/$/, ''), { rounds: ROUNDS });
    const flood = start(hasCores() ? 0 : undefined, FLOOD_PROGRAM, url, id, values.shared ? CLASS_ADDRESS : FLOOD_ADDRESS);
    let flooded: Record<string, number> | null = null;
    createInterface({ input: flood.stdout! }).on('line', (line) => (flooded = JSON.parse(line) as Record<string, number>));
    await sleep(FLOOD_FIRST_MS);

    const began = performance.now();
    const members: MemberState[] = [];
    const inAfter: number[] = [];
    const crowd = start(undefined, MEMBERS_PROGRAM, url, id, String(MEMBERS));
    createInterface({ input: crowd.stdout! }).on('line', (line) => {
      const { member, ...state } = JSON.parse(line) as MemberState & { member: number };
      members[member] = state;
      if (state.contributed > 0) inAfter[member] ??= (performance.now() - began) / 1000;
    });
    const countIn = () => inAfter.filter((seconds) => seconds !== undefined).length;
    while (countIn() < MEMBERS && performance.now() - began < PATIENCE_MS && crowd.exitCode === null) await sleep(100);
    load.push(loadavg()[0]!);
    const stillFlooding = flood.exitCode === null;
    flood.kill('SIGTERM');
    await ended(flood);

    const times = Object.values(inAfter).toSorted((a, b) => a - b);
    const all = countIn() === MEMBERS;
    const seen = Object.values(members);
    const figures = {
      mode: values.mode,
      proxy: values.direct ? 'none' : 'caddy',
      flood: values.shared ? 'from the same address' : 'from another address',
      members: countIn(),
      secondsToFirstIn: round(times[0] ?? Number.NaN, 1),
      secondsToAllIn: all ? round(times.at(-1)!, 1) : null,
      roundsDecided: Math.max(0, ...seen.map((m) => m.models + m.skips)),
      models: Math.max(0, ...seen.map((m) => m.models)),
      outside: seen.filter((m) => m.contributed === 0).map((m) => `${m.activity} after ${m.models} models`),
      problems: [...new Set(seen.flatMap((m) => m.problem?.code ?? []))],
      floodConnections: (flooded?.['connections'] ?? 0) + (flooded?.['requests'] ?? 0) + (flooded?.['keys'] ?? 0),
      refusals: (flooded?.['connectionsRefused'] ?? 0) + (flooded?.['requestsRefused'] ?? 0) + (flooded?.['keysRefused'] ?? 0),
      flooded,
      load: load.map((value) => round(value, 1)),
    };
    const fast = all && times.at(-1)! <= SECONDS_MAX;
    // Where others had both cores before anything began, being late says nothing.
    const busy = load[0]! > availableParallelism();
    verdict(name, stillFlooding && flooded !== null ? fast || (busy ? null : false) : false, figures, targets);
  } finally {
    for (const child of children.toReversed()) {
      child.kill('SIGTERM');
      await ended(child);
    }
    await relay.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
process.exit();
