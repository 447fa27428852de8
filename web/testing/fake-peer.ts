/**
 * A stand-in for the peer worker, only for tests of the page: gives prepared answers and records its calls. It does not train, spend or
 * send.
 */
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { Result, BudgetOffer, DataReport, KeptRecording, LedgerSummary, PeerWorker, Problem, Snapshot } from '#workers/api';
import type { PeerListener, StartPeer } from '../state/peer.ts';

export const SELF = 'AtestpeerAtestpeerAtestpeerAtestpeerAtestpee' as PeerId;
export const OTHER = 'BotherpeerBotherpeerBotherpeerBotherpeerBoth' as PeerId;
export const SEAT = 'CrelayseatCrelayseatCrelayseatCrelayseatCrel' as PeerId;
export const STATE = 'stateHashstateHashstateHashstateHashstateHa' as Hash;

export function snapshotOf(federation: Hash, patch: Partial<Snapshot> = {}): Snapshot {
  return {
    federation,
    self: SELF,
    activity: 'gathering',
    problem: null,
    round: 0,
    state: null,
    made: 0,
    lacking: 0,
    models: 0,
    skips: 0,
    contributed: 0,
    joined: 1,
    needed: 3,
    peers: [],
    scores: [],
    guessing: null,
    rounds: [],
    budget: { epsilon: 1, spent: 0, delta: 1e-5, roundsLeft: 80 },
    bytesOut: 0,
    bytesIn: 0,
    outbox: [],
    mirror: false,
    data: null,
    ...patch,
  };
}

export const REPORT: DataReport = {
  name: 'digits-1.csv',
  rows: 400,
  heldOut: 0,
  units: 400,
  columns: 65,
  classCounts: [40, 41, 39, 40, 42, 38, 40, 40, 41, 39],
  hasHeader: true,
  findings: [],
  synthetic: true,
};

const SUMMARY: LedgerSummary = { self: OTHER, records: 24, rounds: 12, accounts: 1, imported: 0, held: [] };

/** A session in its twelfth round, for a full training page. */
export function busySnapshot(federation: Hash): Snapshot {
  const at = Date.UTC(2026, 10, 21, 9, 30);
  return snapshotOf(federation, {
    activity: 'training',
    round: 12,
    guessing: 0.1,
    state: STATE,
    made: 11,
    models: 11,
    skips: 1,
    contributed: 11,
    joined: 4,
    peers: [
      { peer: OTHER, path: 'direct', seat: false, relay: false },
      { peer: 'DthirdpeerDthirdpeerDthirdpeerDthirdpeerDthi' as PeerId, path: 'direct', seat: false, relay: false },
      { peer: SEAT, path: 'relayed', seat: true, relay: true },
    ],
    scores: Array.from({ length: 12 }, (_, i) => ({ round: i + 1, accuracy: 0.35 + i * 0.045, loss: 2.1 - i * 0.13 })),
    rounds: Array.from({ length: 12 }, (_, i) => ({
      round: i + 1,
      kind: i === 4 ? ('skip' as const) : ('model' as const),
      contributors: i === 4 ? 0 : 2 + (i % 3),
      updateSentAt: i === 4 ? null : at + i * 8000 + 4000,
      decidedAt: at + i * 8000 + 6000,
      part: i === 4 ? ('late' as const) : ('in' as const),
      bytesOut: 41_200,
      bytesIn: 93_400,
      spentAfter: 0.035 * (i + 1),
    })),
    budget: { epsilon: 1, spent: 0.42, delta: 1e-5, roundsLeft: 46 },
    bytesOut: 1_240_000,
    bytesIn: 3_911_000,
    data: REPORT,
    outbox: Array.from({ length: 24 }, (_, i) => ({
      at: at + i * 4000,
      times: i === 22 ? 41 : 1,
      kind: i % 2 === 0 ? 'join' : 'update',
      bytes: i % 2 === 0 ? 312 : 9720,
      to: i % 3 === 0 ? SEAT : OTHER,
      path: i % 3 === 0 ? ('relayed' as const) : ('direct' as const),
      update: i % 2 === 0 ? null : { hash: STATE, sigma: 4.21, clip: 1 },
    })),
  });
}

export function offerOf(patch: Partial<BudgetOffer> = {}): BudgetOffer {
  return { epsilon: 1, delta: 1e-5, rounds: 80, left: 80, cost: 0.9, bytes: 1_234_567, spent: 0, ...patch };
}

const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const no = (code: Problem['code'], detail: Problem['detail'] = {}): Result<never> => ({ ok: false, error: { code, detail } });

export interface FakePeer {
  readonly worker: PeerWorker;
  /** Names of the calls, in order, with their arguments. */
  readonly asked: { readonly name: string; readonly args: readonly unknown[] }[];
  /** Replaces the answer of one call. */
  answer<K extends keyof PeerWorker>(name: K, reply: (...args: Parameters<PeerWorker[K]>) => Awaited<ReturnType<PeerWorker[K]>>): void;
  publish(snapshot: Snapshot): void;
  readonly start: StartPeer;
  readonly listener: () => PeerListener | null;
}

export function fakePeer(): FakePeer {
  const asked: { name: string; args: readonly unknown[] }[] = [];
  const replies: Partial<Record<keyof PeerWorker, (...args: never[]) => unknown>> = {};
  let show: (snapshot: Snapshot) => void = () => {};
  let listening: PeerListener | null = null;
  const call = <T>(name: keyof PeerWorker, args: readonly unknown[], otherwise: () => T): Promise<T> => {
    asked.push({ name, args });
    const reply = replies[name] as ((...all: readonly unknown[]) => T) | undefined;
    return Promise.resolve(reply === undefined ? otherwise() : reply(...args));
  };
  const recorded = new Map<string, KeptRecording>();
  const offer = (epsilon: number): BudgetOffer => offerOf({ epsilon, cost: 0.9 * epsilon, rounds: Math.floor(epsilon * 80) });
  const worker: PeerWorker = {
    start(rtc, relay, listener) {
      show = listener;
      return call('start', [rtc, relay], () => ok({ self: SELF }));
    },
    follow: (manifest) => call('follow', [manifest], () => ok({ resumed: false })),
    load: (source, heldOut, part = 1) =>
      call('load', [source, ...(heldOut === undefined ? [] : [heldOut]), ...(part === 1 ? [] : [part])], () => ok(REPORT)),
    offer: (epsilon) => call('offer', [epsilon], () => ok(offer(epsilon))),
    join: (epsilon, consent) => call('join', [epsilon, consent], () => ok(null)),
    pause: () => call('pause', [], () => ok(null)),
    resume: () => call('resume', [], () => ok(null)),
    finish: () => call('finish', [], () => ok(null)),
    leave: () => call('leave', [], () => ok(null)),
    withdraw: () => call('withdraw', [], () => ok(null)),
    download: () => call('download', [], () => ok({ name: 'model.safetensors', bytes: new Uint8Array([1, 2, 3]) })),
    report: () => call('report', [], () => no('not-found', { field: 'report' })),
    forget: () => call('forget', [], () => ok(null)),
    setRowOwner: (others) => call('setRowOwner', [others], () => ok(null)),
    ledger: () => call('ledger', [], () => ok(SUMMARY)),
    writeOff: (federation) => call('writeOff', [federation], () => ok(SUMMARY)),
    exportLedger: () => call('exportLedger', [], () => ok({ name: 'sovereign-mesh-ledger.json', text: '{}' })),
    importLedger: (file, mine) => call('importLedger', [file, mine], () => ok(SUMMARY)),
    newPerson: () => call('newPerson', [], () => ok(null)),
    threads: (count) => call('threads', [count], () => ok(count)),
    recordings: () => call('recordings', [], () => ok([...recorded.values()])),
    keepRecording: (recording) => {
      recorded.set(recording.id, recording);
      return call('keepRecording', [recording], () => ok(null));
    },
    dropRecording: (id) => {
      recorded.delete(id);
      return call('dropRecording', [id], () => ok(null));
    },
  };
  return {
    worker,
    asked,
    answer: (name, reply) => void (replies[name] = reply as (...args: never[]) => unknown),
    publish: (snapshot) => show(snapshot),
    listener: () => listening,
    async start(listener) {
      listening = listener;
      const started = await worker.start(null, location.origin, (snapshot) => listener.snapshot(snapshot));
      return started.ok ? { ok: true, value: worker } : started;
    },
  };
}
