/**
 * The page's side of the one peer of this browser profile: its last snapshot, whether it runs, and its calls. It starts when a federation
 * is opened, not with the page. A StartPeer provides the implementation (a worker, or a test double).
 */
import { createContext, createSignal, useContext, type Accessor } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { Activity, PeerWorker, Snapshot, Result } from '#workers/api';
import { noteLeft, noteNothingMade } from './taken-part.ts';
import { failed, type Shown } from './problem.ts';

export type PeerCalls = Omit<PeerWorker, 'start'>;

export interface PeerListener {
  snapshot(snapshot: Snapshot): void;
  /** The peer has died and answers no more. */
  failure(problem: Shown): void;
}
export type StartPeer = (listener: PeerListener) => Promise<Result<PeerCalls, Shown>>;

export interface Peer {
  readonly snapshot: Accessor<Snapshot | null>;
  readonly failure: Accessor<Shown | null>;
  /** The federation that this tab has joined, by consent here or by a session that was resumed. */
  readonly joined: Accessor<Hash | null>;
  /** Starts the peer once; a start that failed may be tried again. */
  open(): Promise<Result<PeerCalls, Shown>>;
  markJoined(federation: Hash): void;
}

const ENDED: ReadonlySet<Activity> = new Set(['left', 'budget-spent', 'finished', 'ended', 'failed']);

/** True while a snapshot's federation still takes updates of this device. */
export function isActive(snapshot: Snapshot): boolean {
  return !ENDED.has(snapshot.activity);
}

/** A trained model is on this device, not only the one that everybody starts from. */
export const hasModel = ({ state, made }: Snapshot): boolean => state !== null && made > 0;

export function createPeer(start: StartPeer): Peer {
  const [snapshot, setSnapshot] = createSignal<Snapshot | null>(null);
  const [failure, setFailure] = createSignal<Shown | null>(null);
  const [joined, markJoined] = createSignal<Hash | null>(null);
  let opening: Promise<Result<PeerCalls, Shown>> | undefined;
  const listener: PeerListener = {
    snapshot(next) {
      setSnapshot(next);
      if (next.activity === 'ended' && !hasModel(next)) noteNothingMade(next.federation);
      if (next.federation !== joined()) return;
      // A finished project is not resumed: no other page may connect for it.
      if (!isActive(next)) noteLeft(next.federation);
      if (next.activity === 'left' || next.activity === 'ended') markJoined(null);
    },
    failure(problem) {
      opening = undefined;
      setFailure(problem);
    },
  };
  return {
    snapshot,
    failure,
    joined,
    markJoined: (federation) => void markJoined(federation),
    open() {
      setFailure(null);
      opening ??= start(listener)
        .catch(failed)
        .then((outcome) => {
          if (!outcome.ok) opening = undefined;
          return outcome;
        });
      return opening;
    },
  };
}

const PeerContext = createContext<Peer>();
export const PeerProvider = PeerContext.Provider;

export function usePeer(): Peer {
  const peer = useContext(PeerContext);
  if (peer === undefined) throw new Error('usePeer needs a PeerProvider above it');
  return peer;
}
