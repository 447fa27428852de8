/**
 * Resumes the project that this browser takes part in when another page is loaded: a reload of the help must not silently end anybody's
 * part. A project's own page does that by itself.
 */
import type { Hash } from '#protocol/codec';
import { fetchManifest } from './manifest.ts';
import type { Peer } from './peer.ts';
import { noteLeft } from './taken-part.ts';

export async function resumeTraining(peer: Peer, id: Hash): Promise<void> {
  const manifest = await fetchManifest(id);
  if (!manifest.ok) return; // the relay is gone, or the project: its page says which
  const calls = await peer.open();
  // Somebody opened a project meanwhile, or another tab of this browser is at work.
  if (!calls.ok || peer.snapshot() !== null) return;
  const followed = await calls.value.follow(manifest.value.signed);
  if (!followed.ok) return;
  if (followed.value.resumed) peer.markJoined(id);
  else noteLeft(id);
}
