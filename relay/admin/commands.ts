/**
 * The commands that a host can give its running relay, and their answers. They arrive over a socket in the data directory (socket.ts),
 * never over the network.
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { INVITATION_MS } from '#protocol/limits';
import type { Federations } from '../federations.ts';
import type { RelayStatus } from '../http/app-deps.ts';
import type { SeatMemory } from '../seat-memory.ts';
import type { Store } from '../store/store.ts';

export interface AdminDeps {
  readonly relay: { readonly id: string; readonly region: string };
  readonly federations: Federations;
  readonly store: Pick<Store, 'uses' | 'disk' | 'place'>;
  readonly live: RelayStatus;
  readonly memory: SeatMemory;
  readonly now?: () => number;
}

type Answer = Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];
/** @param id of a federation, whole or abbreviated */
type Command = (deps: AdminDeps, id: string) => Promise<Answer>;

const MINUTE_MS = 60_000;

export const COMMANDS: Readonly<Record<string, { readonly about: string; readonly takesId: boolean; readonly run: Command }>> = {
  list: { about: 'all federations, including waiting and hidden ones', takesId: false, run: list },
  status: { about: 'the state of the relay and what it uses', takesId: false, run: status },
  invite: { about: 'a code that admits one federation without approval', takesId: false, run: invite },
  approve: {
    about: 'admit a waiting federation',
    takesId: true,
    run: (deps, id) => change(deps, id, ['waiting'], { standing: 'listed', kept: true }),
  },
  hide: {
    about: 'take it off the list; it keeps running',
    takesId: true,
    run: (deps, id) => change(deps, id, ['listed'], { standing: 'hidden' }),
  },
  show: { about: 'put it on the list again', takesId: true, run: (deps, id) => change(deps, id, ['hidden'], { standing: 'listed' }) },
  keep: {
    about: 'never delete it automatically',
    takesId: true,
    run: (deps, id) => change(deps, id, ['listed', 'hidden'], { kept: true }),
  },
  remove: { about: 'delete it with its records and models', takesId: true, run: remove },
};

async function list({ federations, store, live, now = Date.now }: AdminDeps): Promise<Answer> {
  const uses = new Map((await store.uses()).map((use) => [use.fed, use]));
  return Promise.all(
    federations.known().map(async ({ id, owner, manifest, standing, kept, active }) => {
      const { records = 0, cells = 0, blobs = 0 } = uses.get(id) ?? {};
      return {
        id,
        name: manifest?.body.name ?? '(of an older version)',
        standing,
        kept,
        steward: owner,
        members: live.members(id),
        round: (await store.place(id))?.round ?? 0,
        bytes: records + cells + blobs,
        idleMinutes: live.members(id) > 0 ? 0 : Math.floor((now() - active) / MINUTE_MS),
      };
    }),
  );
}

async function status({ relay, federations, store, live, memory }: AdminDeps): Promise<Answer> {
  const { used, most, reserved } = await store.disk();
  const [state, down] = [live.status, [...federations.down()]];
  return {
    relay: relay.id,
    region: relay.region,
    status: state === 'ready' && down.length > 0 ? 'degraded' : state,
    publish: federations.policy,
    peers: live.nodes(),
    federations: federations.known().length,
    waiting: federations.known().filter(({ standing }) => standing === 'waiting').length,
    diskUsed: used,
    diskReserved: reserved,
    diskMost: most,
    seatMemoryUsed: memory.used,
    seatMemoryMost: memory.total,
    down: down.map(([id, { message }]) => `${id}: ${message}`).join('; '),
  };
}

async function invite({ federations, now = Date.now }: AdminDeps): Promise<Answer> {
  return { code: await federations.invite(), until: new Date(now() + INVITATION_MS).toISOString() };
}

async function change(
  { federations }: AdminDeps,
  id: string,
  from: readonly string[],
  to: Parameters<Federations['change']>[1],
): Promise<Answer> {
  const one = find(federations, id);
  if (!from.includes(one.standing))
    throw new MeshError('conflict', { field: 'id', expected: `a federation that is ${from.join(' or ')}`, got: one.standing });
  await federations.change(one.id, to);
  return { id: one.id, ...to };
}

async function remove({ federations, relay }: AdminDeps, id: string): Promise<Answer> {
  const one = find(federations, id);
  if (one.owner === relay.id && one.manifest !== null)
    throw new MeshError('conflict', { field: 'id', expected: 'one not built into the relay; this one can be hidden', got: one.id });
  await federations.remove(one.id);
  return { id: one.id, removed: true };
}

function find(federations: Federations, id: string): ReturnType<Federations['known']>[number] & { readonly id: Hash } {
  const found = id === '' ? [] : federations.known().filter((one) => one.id.startsWith(id));
  if (found.length === 1) return found[0]!;
  const expected = found.length === 0 ? 'the id of a federation, or its beginning' : 'more of the id: several begin like this';
  throw new MeshError('not-found', { field: 'id', expected, got: id });
}
