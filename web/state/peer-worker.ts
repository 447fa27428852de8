/**
 * Starts the peer worker and hands it a port to the WebRTC host of this thread (data channels open on the main thread only).
 * Loaded when a federation is opened. comlink carries control; the port carries the frames, as transferred buffers.
 */
import { proxy, transfer, wrap } from 'comlink';
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
  const worker = spawn();
  const dead = new Promise<Result<never, Shown>>((resolve) => {
    // A script that does not load or throws outside of a call: comlink's promises would wait for ever.
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      const problem: Shown = { code: 'internal', detail: event.message ? { got: event.message } : {} };
      listener.failure(problem);
      resolve({ ok: false, error: problem });
    });
  });
  const peer = wrap<PeerWorker>(worker);
  const rtc = await openRtc();
  const port = rtc === null ? null : transfer(rtc, [rtc]);
  const started = await Promise.race([peer.start(port, relayAddress(), proxy(listener.snapshot)), dead]);
  if (started.ok) {
    peer.threads(threads()).catch(() => {}); // one that died is told of elsewhere
    return { ok: true, value: callsOf(peer) };
  }
  worker.terminate();
  return started;
}

/** Plain functions: a comlink proxy answers to any name, `then` included, and must not be returned from a promise. */
function callsOf(peer: PeerCalls): PeerCalls {
  return {
    follow: (manifest) => peer.follow(manifest),
    load: (source, heldOut, part, progress) => peer.load(source, heldOut, part, progress === undefined ? undefined : proxy(progress)),
    offer: (epsilon) => peer.offer(epsilon),
    join: (epsilon, consent) => peer.join(epsilon, consent),
    pause: () => peer.pause(),
    resume: () => peer.resume(),
    finish: () => peer.finish(),
    leave: () => peer.leave(),
    download: () => peer.download(),
    report: () => peer.report(),
    forget: () => peer.forget(),
    setRowOwner: (others) => peer.setRowOwner(others),
    ledger: () => peer.ledger(),
    writeOff: (federation) => peer.writeOff(federation),
    exportLedger: () => peer.exportLedger(),
    importLedger: (file, mine) => peer.importLedger(file, mine),
    newPerson: () => peer.newPerson(),
    threads: (count) => peer.threads(count),
    recordings: () => peer.recordings(),
    keepRecording: (recording) => peer.keepRecording(recording),
    dropRecording: (id) => peer.dropRecording(id),
  };
}

/** Without WebRTC the mailbox of the relay carries everything, so its absence is no error. */
async function openRtc(): Promise<MessagePort | null> {
  if (typeof RTCPeerConnection === 'undefined') return null;
  const { hostRtc } = await import('#signaling/links/rtc-host');
  const { port1, port2 } = new MessageChannel();
  hostRtc(port1);
  return port2;
}
