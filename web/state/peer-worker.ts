/**
 * Starts the peer worker and hands it a port to the WebRTC host of this thread (data channels open on the main thread only).
 * Loaded when a federation is opened. comlink carries control; the port carries the frames, as transferred buffers.
 */
import { threadCalls } from '#signaling/thread-calls';
import type { PeerWorker, Result } from '#workers/api';
import type { PeerCalls, PeerListener } from './peer.ts';
import type { Shown } from './problem.ts';
import { relayAddress } from './relay.ts';
import { threads } from './threads.ts';

function spawnPeer(): Worker {
  return new Worker(new URL('../../workers/peer.worker.ts', import.meta.url), { type: 'module', name: 'peer' });
}

/** @param spawn a test's own worker */
export async function startPeerWorker(listener: PeerListener, spawn: () => Worker = spawnPeer): Promise<Result<PeerCalls, Shown>> {
  const { calls, end } = threadCalls<PeerWorker>(spawn(), 'peer', (problem) => listener.failure(problem));
  const started = await calls.start(await openRtc(), relayAddress(), (snapshot) => listener.snapshot(snapshot));
  if (started.ok) {
    void calls.threads(threads());
    return { ok: true, value: calls };
  }
  end();
  return started;
}

/** Without WebRTC the mailbox of the relay carries everything, so its absence is no error. */
async function openRtc(): Promise<MessagePort | null> {
  if (typeof RTCPeerConnection === 'undefined') return null;
  const { hostRtc } = await import('#signaling/links/rtc-host');
  const { port1, port2 } = new MessageChannel();
  hostRtc(port1);
  return port2;
}
