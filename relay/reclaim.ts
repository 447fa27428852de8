/**
 * Which federations a relay deletes: strangers' federations that nobody has entered for a long time and, if there is no room for a new one,
 * those that nobody has ever used. Federations with somebody in the room, approved or kept by the host, or with decided rounds are never
 * displaced.
 */
import type { Hash } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { FEDERATION_IDLE_MS, FEDERATION_IDLE_REMOVED_MS, FEDERATIONS_PER_IDENTITY_MAX, WAITING_MS } from '#protocol/limits';
import type { Manifest } from '#protocol/manifest/manifest';
import { givesBack, OF_ONE } from './store/quotas.ts';
import type { NewManifest, StoredManifest, Store } from './store/store.ts';

export interface Known extends Omit<StoredManifest, 'bytes'> {
  /** Null for one that this build cannot open. */
  readonly manifest: Manifest | null;
  /** The address it was published from; forgotten when the process ends. */
  readonly address: string;
}

/** Whether to delete it now, given that nobody is in its room. */
export function isOver({ kept, standing, since, active }: Known, now: number): boolean {
  if (kept || standing === 'unread') return false;
  return standing === 'waiting' ? now - since > WAITING_MS : now - active > FEDERATION_IDLE_REMOVED_MS;
}

/**
 * The federation that makes room for a new one of the same kind (waiting or not): the longest idle from the address with the most, or one
 * of the newcomer's own if only its own count is too high (`alone`). An address that has no more than the newcomer's would then have, and
 * no more than one identity may have, is spared for FEDERATION_IDLE_MS, so that a flood displaces only itself.
 */
async function givesWay(
  all: readonly Known[],
  next: { readonly standing: string; readonly owner: PeerId; readonly alone: boolean; readonly address: string },
  now: number,
  members: (fed: Hash) => number,
  place: (fed: Hash) => Promise<object | null>,
): Promise<Known | null> {
  const waits = next.standing === 'waiting';
  const free: Known[] = [];
  for (const one of all) {
    if (one.kept || one.standing === 'unread' || (one.standing === 'waiting') !== waits || members(one.id) > 0) continue;
    if (next.alone && one.owner !== next.owner) continue;
    if (waits || (await place(one.id)) === null) free.push(one);
  }
  const byAddress = new Map<string, Known[]>();
  for (const one of free) byAddress.set(one.address, [...(byAddress.get(one.address) ?? []), one]);
  const fair = Math.min(FEDERATIONS_PER_IDENTITY_MAX, (byAddress.get(next.address)?.length ?? 0) + 1);
  const groups = [...byAddress.values()].toSorted((a, b) => b.length - a.length);
  for (const group of groups) {
    const oldest = group.reduce((a, b) => (b.active < a.active ? b : a));
    if ((!next.alone && group.length > fair) || now - oldest.active > FEDERATION_IDLE_MS) return oldest;
  }
  return null;
}

interface Others {
  known(): readonly Known[];
  /** People in its room now. */
  members(federation: Hash): number;
  letGo(one: Known): Promise<void>;
}

/** Stores a manifest, in the place of others if it has to. @returns false if it was there @throws MeshError quota if none gives way */
export async function putInPlace(store: Store, row: NewManifest, address: string, now: number, others: Others): Promise<boolean> {
  for (let turn = 0; ; turn++) {
    try {
      return await store.putManifest(row, now);
    } catch (error) {
      const { code, detail } = asMeshError(error);
      if (code !== 'quota' || turn >= FEDERATIONS_PER_IDENTITY_MAX) throw error;
      const field = detail.field ?? '';
      const next = { ...row, address, alone: field.endsWith(OF_ONE) };
      const held = others.known().filter((one) => givesBack(field, one));
      const goes = await givesWay(held, next, now, others.members, (id) => store.place(id));
      if (goes === null) throw error;
      await others.letGo(goes);
    }
  }
}
