/**
 * Opens one federation for a screen: its manifest checked, the peer started and following it. A tab that mirrors another one only notes
 * what it would follow; when the other tab closes, it takes over.
 */
import { createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { Manifest } from '#protocol/manifest/manifest';
import type { Snapshot, Result } from '#workers/api';
import { noteReach } from './connection.ts';
import { fetchManifest, policyProblem } from './manifest.ts';
import { isActive, type Peer, type PeerCalls } from './peer.ts';
import type { Shown } from './problem.ts';

export interface OpenFederation {
  readonly manifest: Manifest;
  readonly calls: PeerCalls;
  /** Why it cannot be joined: it is open to look at. */
  readonly barred: Shown | null;
}

export type FederationState =
  | { readonly at: 'loading'; readonly step: 'manifest' | 'peer' }
  | { readonly at: 'problem'; readonly problem: Shown }
  /** This tab trains in another federation. */
  | { readonly at: 'busy'; readonly elsewhere: Hash }
  | { readonly at: 'open'; readonly open: OpenFederation };

export interface FederationView {
  readonly state: Accessor<FederationState>;
  /** The peer's last snapshot if it is about this federation. */
  readonly snapshot: Accessor<Snapshot | null>;
  readonly mirror: Accessor<boolean>;
  retry(): void;
}

export function viewFederation(id: Accessor<string>, peer: Peer): FederationView {
  const [state, setState] = createSignal<FederationState>({ at: 'loading', step: 'manifest' });
  const [attempt, setAttempt] = createSignal(0);
  const mirror = createMemo(() => peer.snapshot()?.mirror ?? false);
  createEffect(
    on([id, mirror, attempt], ([wanted]) => {
      const stop = new AbortController();
      onCleanup(() => stop.abort());
      const show = (next: FederationState) => {
        if (!stop.signal.aborted) setState(next);
      };
      const known = state();
      if (known.at !== 'open' || known.open.manifest.id !== wanted) show({ at: 'loading', step: 'manifest' });
      void openFederation(wanted, peer, stop.signal, () => show({ at: 'loading', step: 'peer' })).then(show);
    }),
  );
  createEffect(() => {
    const problem = peer.failure();
    if (problem !== null) setState({ at: 'problem', problem });
  });
  const snapshot = createMemo(() => {
    const last = peer.snapshot();
    return last?.federation === id() ? last : null;
  });
  return { state, snapshot, mirror, retry: () => setAttempt((n) => n + 1) };
}

async function openFederation(id: string, peer: Peer, signal: AbortSignal, starting: () => void): Promise<FederationState> {
  const manifest = await fetchManifest(id, signal);
  if (signal.aborted) return { at: 'loading', step: 'manifest' };
  noteReach(manifest);
  if (!manifest.ok) return { at: 'problem', problem: manifest.error };
  const before = peer.snapshot();
  const joined = peer.joined();
  if (joined !== null && joined !== id && before !== null && isActive(before)) return { at: 'busy', elsewhere: joined };
  if (before === null) starting();
  const [calls, barred] = await Promise.all([peer.open(), policyProblem(manifest.value)]);
  if (!calls.ok) return { at: 'problem', problem: calls.error };
  const open: FederationState = { at: 'open', open: { manifest: manifest.value, calls: calls.value, barred } };
  if (signal.aborted) return open;
  // Also in a mirror: this tab continues with it when it takes over.
  const followed: Result<{ readonly resumed: boolean }, Shown> = await calls.value.follow(manifest.value.signed);
  if (!followed.ok) return peer.snapshot()?.mirror === true ? open : { at: 'problem', problem: followed.error };
  if (followed.value.resumed) peer.markJoined(manifest.value.id);
  return open;
}
