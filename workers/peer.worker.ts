/**
 * The peer's thread in a page. One peer per browser profile: the tab that holds the Web Lock works, others mirror it over a
 * BroadcastChannel, and one of them takes over when it closes.
 */
import * as Comlink from 'comlink';
import { asMeshError } from '#protocol/errors';
import type { SignedManifest } from '#protocol/manifest/manifest';
import { callsOf, invoke } from '#signaling/thread-calls';
import type { PeerWorker, Problem, Snapshot } from './api.ts';
import { Peer } from './peer/peer.ts';
import { openPagePlatform } from './peer/platform-page.ts';

const LOCK = 'sovereign-mesh/peer';
const SNAPSHOTS = 'sovereign-mesh/snapshots';
/** A page that reloads gives its lock back within moments. */
const LOCK_WAIT_MS = 3000;

let peer: Peer | null = null;
/** What this tab asked to follow while another tab was working. */
let wanted: SignedManifest | null = null;
/** Threads this tab asked for, before or while working. */
let threads = 1;
/** Sent to a tab that opens later. */
let last: Snapshot | null = null;

/** Why this tab has no peer. */
let refusal: Problem = { code: 'budget-locked', detail: { expected: 'the tab that holds this profile' } };

/** Resolves once the lock is held, with a function that releases it; otherwise the lock is held until this thread ends. */
function holdLock(): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks.request(LOCK, () => new Promise<void>((free) => resolve(free))).catch(reject);
  });
}

/** Calls that are answered even without a peer. */
const own: Pick<PeerWorker, 'start' | 'follow' | 'threads'> = {
  async start(rtc, relay, listener) {
    try {
      const channel = new BroadcastChannel(SNAPSHOTS);
      channel.addEventListener('message', ({ data }: MessageEvent<Snapshot | null>) => {
        if (data === null) {
          if (peer !== null && last !== null) channel.postMessage(last);
        } else if (peer === null) listener({ ...data, mirror: true });
      });
      channel.postMessage(null); // "where are you?": the working tab may have nothing new to report for a long time
      const working = holdLock().then(async (free) => {
        const platform = await openPagePlatform(relay, rtc).catch((error: unknown) => {
          const { code, detail } = asMeshError(error);
          refusal = { code, detail };
          free(); // another tab may succeed
          throw error;
        });
        peer = new Peer(platform, (snapshot) => {
          last = snapshot;
          listener(snapshot);
          channel.postMessage(snapshot);
        });
        await peer.threads(threads);
        if (wanted !== null) await peer.follow(wanted);
        return true;
      });
      const started = await Promise.race([working, new Promise<false>((resolve) => setTimeout(() => resolve(false), LOCK_WAIT_MS))]);
      if (!started) working.catch(() => {});
      return { ok: true, value: { self: started ? 'peer' : 'mirror' } };
    } catch (error) {
      const { code, detail } = asMeshError(error);
      return { ok: false, error: { code, detail } };
    }
  },
  follow(manifest) {
    wanted = manifest;
    return peer === null ? Promise.resolve({ ok: true, value: { resumed: false } }) : peer.follow(manifest);
  },
  threads(count) {
    threads = count;
    return peer === null ? Promise.resolve({ ok: true, value: count }) : peer.threads(count);
  },
};

Comlink.expose(
  callsOf<PeerWorker>((name, args) => {
    if (name in own) return invoke(own, name as keyof typeof own, args);
    return peer === null ? { ok: false, error: refusal } : invoke(peer, name as keyof Peer, args);
  }),
);
