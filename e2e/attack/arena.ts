/**
 * The environment of one attack: a real relay process and real headless members, started from this file's tree and stopped afterwards. It
 * knows no attack.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { onCore, startRelayProcess, type RelayProcess } from '../relay-process.ts';
import { found, type Founded } from './federation.ts';
import { MEMORY_BUDGET_MB } from './memory-budget.ts';
import { Stranger, type StrangerOptions } from './stranger.ts';

const MEMBERS = fileURLToPath(new URL('./members.ts', import.meta.url));
const PATIENCE_MS = 60_000;

export interface ArenaRelay extends RelayProcess {
  /** Current and peak resident memory, in MB; NaN without /proc. */
  memory(): { readonly now: number; readonly peak: number };
  /** Open descriptors; NaN without /proc. */
  descriptors(): number;
}

/** The last report of a member. */
export interface MemberState {
  readonly self: PeerId;
  readonly models: number;
  readonly skips: number;
  readonly contributed: number;
  readonly activity: string;
  readonly problem: { readonly code: string } | null;
  readonly spent: number;
}

export interface Honest {
  readonly federation: Founded;
  readonly members: readonly MemberState[];
  /** Models that the first member has seen. */
  models(): number;
  /** Models per minute, counted over the given milliseconds from now. */
  rate(ms: number): Promise<number>;
  /** Members leave. */
  stop(): Promise<unknown>;
}

export interface RelaySettings {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ArenaOptions {
  /** The processor of relay and members; all if absent. */
  readonly core?: number;
}

export class Arena {
  readonly #core: number | undefined;
  readonly #ends: (() => unknown)[] = [];
  #relay: Promise<ArenaRelay> | null = null;
  #honest: Promise<Honest> | null = null;
  /** Memory of the first relay after its start. */
  baseline = Number.NaN;

  constructor({ core }: ArenaOptions = {}) {
    this.#core = core;
  }

  /** The arena's relay; the first call decides its settings. */
  relay(settings: RelaySettings = {}): Promise<ArenaRelay> {
    this.#relay ??= this.another(settings).then((relay) => {
      this.baseline = relay.memory().now;
      return relay;
    });
    return this.#relay;
  }

  /** One more relay. */
  async another(settings: RelaySettings = {}): Promise<ArenaRelay> {
    const relay = await startRelayProcess({
      ...settings,
      env: { MESH_LOG: 'warn', MESH_MEMORY: `${MEMORY_BUDGET_MB}M`, ...settings.env },
      ...(this.#core === undefined ? {} : { core: this.#core }),
    });
    this.end(() => relay.remove());
    const status = (field: string) => {
      const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readStatus(relay.pid))?.[1];
      return line === undefined ? Number.NaN : Number(line) / 1024;
    };
    // Getters of the process stay alive through the prototype.
    return Object.assign(Object.create(relay) as RelayProcess, {
      memory: () => ({ now: status('VmRSS'), peak: status('VmHWM') }),
      descriptors: () => descriptorsOf(relay.pid),
    });
  }

  /** A federation on the arena's relay. */
  async found(change: Partial<ManifestBody> = {}, rounds?: number): Promise<Founded> {
    return found((await this.relay()).url, change, rounds);
  }

  /** Three members that train together on the arena's relay, once training has begun; the first call decides their settings. */
  honest(change: Partial<ManifestBody> = {}, members = 3, rounds?: number): Promise<Honest> {
    this.#honest ??= this.#train(change, members, rounds);
    return this.#honest;
  }

  async #train(change: Partial<ManifestBody>, count: number, rounds?: number): Promise<Honest> {
    const federation = await this.found(change, rounds);
    const { url } = await this.relay();
    const [program, ...rest] = onCore(this.#core, [process.execPath, MEMBERS, url, federation.id, String(count)]);
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const stop = () => {
      child.kill('SIGTERM');
      return ended;
    };
    this.end(stop);
    const members: MemberState[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { member, ...state } = JSON.parse(line) as MemberState & { member: number };
      members[member] = state;
    });
    const models = () => members[0]?.models ?? 0;
    await this.until('members train', () => models() >= 2);
    const rate = async (ms: number) => {
      const [before, from] = [models(), performance.now()];
      await sleep(ms);
      return ((models() - before) * 60_000) / (performance.now() - from);
    };
    return { federation, members, models, rate, stop };
  }

  /** A stranger in the room of a federation of the arena's relay. */
  async stranger(room: Hash, options: StrangerOptions = {}): Promise<Stranger> {
    const stranger = await Stranger.enter((await this.relay()).url, room, options);
    this.end(() => stranger.close());
    return stranger;
  }

  /** A folder that is deleted with the arena. */
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'mesh-attack-'));
    this.end(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  sleep(ms: number): Promise<void> {
    return sleep(ms);
  }

  /** @throws Error if it does not become true */
  async until(what: string, good: () => boolean | Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await good())) {
      if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
      await sleep(50);
    }
  }

  /** The same for optional conditions, without an error. */
  comes(good: () => boolean | Promise<boolean>, patienceMs: number): Promise<boolean> {
    return this.until('', good, patienceMs).then(
      () => true,
      () => false,
    );
  }

  /** Clean-up when it closes, in reverse order. */
  end(work: () => unknown): void {
    this.#ends.push(work);
  }

  async close(): Promise<void> {
    for (const work of this.#ends.splice(0).reverse()) await work();
  }
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}
