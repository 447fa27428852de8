/**
 * `npm run prove -- bench:round`: where the time of a round goes, with three and ten headless members of one relay and a seat whose disk,
 * threads and messages are traced. Overhead is the time of a round without training: from the last update's departure until the last member
 * holds the certified record. Members are threads that share this machine's cores, so training times do not represent a device.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { signBody, type Identity } from '#protocol/identity';
import { openManifest, parseManifestBody } from '#protocol/manifest/open';
import type { Manifest } from '#protocol/manifest/manifest';
import { decodeMesh } from '#protocol/wire';
import { openMesh } from '#signaling/mesh';
import { privacyOf, publish, rowsText, smallManifest } from '../e2e/attack/federation.ts';
import { newIdentity } from '../e2e/attack/stranger.ts';
import { startRelayProcess } from '../e2e/relay-process.ts';
import { percentile, round, verdict } from '../e2e/verdict.ts';
import { SeatMemory } from '../relay/seat-memory.ts';
import { startSeat } from '../relay/seat.ts';
import { startStatesThread } from '../relay/states.ts';
import { defaultQuotas } from '../relay/store/quotas.ts';
import { openSqliteStore } from '../relay/store/sqlite.ts';
import type { Store } from '../relay/store/store.ts';
import type { MemberRound } from './round-member.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } });
const ROUNDS = Number(values.rounds);
/** Initial rounds to skip, while members join and code warms up. */
const WARM_UP = 5;
const PATIENCE_MS = 240_000;
/** The overhead with three tabs on this machine before rounds had one driver. */
const OVERHEAD_MS_MAX = 120;

const now = () => performance.timeOrigin + performance.now();

/** Events of one federation's seat, by round, in milliseconds since the epoch. */
class Watch {
  readonly opened = new Map<number, number>();
  readonly acked: number[] = [];
  readonly proposed = new Map<number, number>();
  readonly attested = new Map<number, number>();
  readonly writes: { readonly from: number; readonly to: number }[] = [];

  note(bytes: Uint8Array): void {
    const message = decodeMesh(bytes);
    if (message.t === 'ack') this.acked.push(now());
    const at = { open: this.opened, propose: this.proposed, attest: this.attested }[message.t as 'open' | 'propose' | 'attest'];
    if (at !== undefined && 'signed' in message && 'round' in message.signed.body && !at.has(message.signed.body.round)) {
      at.set(message.signed.body.round, now());
    }
  }

  /** The part of a span during which the disk was writing. */
  writing(from: number, to: number): number {
    return this.writes.reduce((sum, write) => sum + Math.max(0, Math.min(to, write.to) - Math.max(from, write.from)), 0);
  }

  /** The store, with its writes timed. */
  watched(store: Store): Store {
    return new Proxy(store, {
      get: (target, name: keyof Store) => {
        const method = target[name] as (...args: unknown[]) => Promise<unknown>;
        if (!name.startsWith('write')) return method;
        return async (...args: unknown[]) => {
          const from = now();
          const result = await method(...args);
          this.writes.push({ from, to: now() });
          return result;
        };
      },
    });
  }
}

/** A seat as in a relay, in this process: with its own SQLite store and state thread. @returns a function that stops it */
async function sit(relay: string, identity: Identity, manifest: Manifest, folder: string, watch: Watch): Promise<() => Promise<void>> {
  const store = await openSqliteStore(join(folder, 'seat.db'), defaultQuotas(identity.id));
  const thread = startStatesThread();
  const seat = startSeat(manifest, {
    identity,
    store: watch.watched(store),
    log: { debug() {}, info() {}, warn() {}, error: (...args: unknown[]) => void process.stderr.write(`${JSON.stringify(args)}\n`) },
    aggregate: thread.aggregate,
    memory: new SeatMemory(1e9),
    openTransport(events) {
      const message: typeof events.message = (from, bytes) => {
        watch.note(bytes);
        events.message(from, bytes);
      };
      const mesh = openMesh({ url: relay, room: manifest.id, identity, rtc: null, events: { ...events, message } });
      return {
        self: identity.id,
        peers: () => mesh.peers(),
        send: (to, bytes) => {
          watch.note(bytes);
          mesh.send(to, bytes);
        },
        close: () => mesh.close(),
      };
    },
  });
  return async () => {
    await seat.close();
    await thread.close();
    await store.close();
  };
}

const STEPS = ['open', 'train', 'send', 'aggregate', 'vote', 'persist'] as const;
type Step = (typeof STEPS)[number];

async function measure(members: number) {
  const relay = await startRelayProcess({ args: ['--publish', 'open'] });
  const folder = await mkdtemp(join(tmpdir(), 'mesh-round-'));
  const identity = await newIdentity();
  const rounds = { minContributors: members, maxContributors: 16, joinWindowMs: 1000, deadlineMs: 20_000, takeoverMs: 20_000 };
  const body = parseManifestBody(smallManifest(identity.id, identity.id, { rounds, privacy: privacyOf(8, 1000) }));
  const { status, body: answer } = await publish(relay.url, identity, body);
  if (status !== 201) throw new Error(`publishing failed: ${status} ${answer.toString()}`);
  const manifest = await openManifest(await signBody(identity, body));
  const watch = new Watch();
  const stand = await sit(relay.url, identity, manifest, folder, watch);
  const sent = new Map<number, number>();
  const decided = new Map<number, number[]>();
  const peers = Array.from({ length: members }, (_, i) => {
    const data = { text: rowsText(i) };
    const workerData = { relay: relay.url, folder: join(folder, String(i)), federation: manifest.id, data };
    const peer = new Worker(new URL('./round-member.ts', import.meta.url), { workerData });
    return peer.on('message', ({ round: number, decidedAt, updateSentAt }: MemberRound) => {
      decided.set(number, [...(decided.get(number) ?? []), decidedAt]);
      if (updateSentAt !== null) sent.set(number, Math.max(sent.get(number) ?? 0, updateSentAt));
    });
  });
  try {
    const whole = () => [...decided].filter(([, at]) => at.length === members).map(([number]) => number);
    const end = now() + PATIENCE_MS;
    while (whole().length < WARM_UP + ROUNDS) {
      if (now() > end) throw new Error(`only ${whole().length} rounds of ${members} members in time`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const lines = whole()
      .sort((a, b) => a - b)
      .slice(WARM_UP)
      .flatMap((number) => stepsOf(number, watch, sent, decided) ?? []);
    return summary(lines);
  } finally {
    for (const peer of peers) await peer.terminate();
    await stand();
    await relay.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of each step; null if a message was lost, or somebody missed the previous round. */
function stepsOf(
  number: number,
  watch: Watch,
  sent: ReadonlyMap<number, number>,
  decided: ReadonlyMap<number, readonly number[]>,
): Record<Step, number> | null {
  const [before, opened, left] = [decided.get(number - 1), watch.opened.get(number), sent.get(number)];
  const [proposed, attested] = [watch.proposed.get(number), watch.attested.get(number)];
  if (before === undefined || opened === undefined || left === undefined || proposed === undefined || attested === undefined) return null;
  const held = watch.acked.filter((at) => at >= left && at <= proposed).at(-1) ?? left;
  const end = Math.max(...decided.get(number)!);
  const last = Math.max(...before);
  const apart = (from: number, to: number) => Math.max(0, to - from - watch.writing(from, to));
  return {
    open: Math.max(0, opened - last),
    train: Math.max(0, left - opened),
    send: apart(left, held),
    aggregate: apart(held, attested),
    vote: apart(attested, end),
    persist: watch.writing(left, end),
  };
}

function summary(lines: readonly Record<Step, number>[]) {
  const total = lines.reduce((sum, line) => sum + STEPS.reduce((ms, step) => ms + line[step], 0), 0);
  const overheads = lines.map(({ send, aggregate, vote, persist }) => send + aggregate + vote + persist);
  const p50 = (step: Step) =>
    round(
      percentile(
        lines.map((line) => line[step]),
        0.5,
      ),
      1,
    );
  const share = (step: Step) => round(lines.reduce((ms, line) => ms + line[step], 0) / total, 3);
  return {
    rounds: lines.length,
    overheadMs: round(percentile(overheads, 0.5), 1),
    stepMs: Object.fromEntries(STEPS.map((step) => [step, p50(step)])),
    share: Object.fromEntries(STEPS.map((step) => [step, share(step)])),
  };
}

/** Load before the start: on a busy machine times mean nothing. */
const load = round(loadavg()[0]!, 1);
const figures: Record<string, ReturnType<typeof summary>> = {};
for (const members of [3, 10]) {
  figures[`members${members}`] = await measure(members);
  process.stdout.write(`${members} members: ${JSON.stringify(figures[`members${members}`])}\n`);
}
const fast = figures['members3']!.overheadMs <= OVERHEAD_MS_MAX;
const pass = fast || load < availableParallelism() ? fast : null;
verdict('bench:round', pass, { load, ...figures }, { members3: { overheadMs: `<= ${OVERHEAD_MS_MAX}` } });
process.exit();
