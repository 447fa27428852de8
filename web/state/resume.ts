/**
 * Resumes the project that this browser takes part in if another page is loaded: reloading the help page must not silently end the
 * participation. A project's own page resumes by itself.
 */
import type { Hash } from '#protocol/codec';
import { fetchManifest } from './manifest.ts';
import type { Peer } from './peer.ts';
import { noteLeft } from './taken-part.ts';

export async function resumeTraining(peer: Peer, id: Hash): Promise<void> {
  const manifest = await fetchManifest(id);
  if (!manifest.ok) return; // the relay or the project is gone: its page says which
  const calls = await peer.open();
  // A project was opened meanwhile, or another tab of this browser is active.
  if (!calls.ok || peer.snapshot() !== null) return;
  const followed = await calls.value.follow(manifest.value.signed);
  if (!followed.ok) return;
  if (followed.value.resumed) peer.markJoined(id);
  else noteLeft(id);
}
