/** Attacks by numbers: sockets that never prove a key, and free identities that take the places of people. */
import type { Hash } from '#protocol/codec';
import type { Arena } from './arena.ts';
import type { Attack } from './attack.ts';
import { challenged, newIdentity, Stranger } from './stranger.ts';

/** Only the honest person's address. */
const HONEST = '127.0.0.99';
const address = (number: number) => `127.0.0.${2 + number}`;
const worked = <T>(promise: Promise<T>) =>
  promise.then(
    () => true,
    () => false,
  );

/** Whether somebody from another address gets into a room within a moment, retrying like a browser. */
async function getsIn(arena: Arena, room: Hash): Promise<boolean> {
  const { url } = await arena.relay();
  return arena.comes(() => worked(Stranger.enter(url, room, { address: HONEST }).then((one) => one.close())), 3000);
}

/** Sockets from four addresses that never answer their challenge, renewed at a steady pace. */
async function unproven(arena: Arena, total: number): Promise<() => void> {
  const { url } = await arena.relay();
  const open = Array.from({ length: total }, (_, i) => challenged(url, { address: address(i % 4) }).catch(() => null));
  const sockets = (await Promise.all(open)).flatMap((one) => one ?? []);
  return () => {
    for (const { socket } of sockets) socket.terminate();
  };
}

export const attacks: readonly Attack[] = [
  {
    name: 'unproven-sockets-shut-others-out',
    finding: '256 unproven sockets from 4 addresses: a fifth address is turned away',
    held: false,
    without: [
      {
        file: 'signaling/server/admission.ts',
        find: 'else if (this.#strangers >= this.#limits.unproven) this.#oldestGivesWay(this.#busiest());',
        put: 'else if (this.#strangers >= this.#limits.unproven) giveWay();',
      },
    ],
    async run(arena) {
      const { id: room } = await arena.found();
      const stop = await unproven(arena, 256);
      const isIn = await getsIn(arena, room);
      stop();
      return { succeeded: !isIn, evidence: { fifthAddressIsIn: isIn } };
    },
    async slow(arena) {
      const stops: (() => void)[] = [];
      const end = new AbortController();
      const flood = async () => {
        while (!end.signal.aborted) {
          stops.push(await unproven(arena, 64));
          if (stops.length > 4) stops.shift()!();
        }
      };
      const flooding = flood();
      return async () => {
        end.abort();
        await flooding;
        for (const stop of stops) stop();
      };
    },
  },
  {
    name: 'identities-fill-a-room',
    finding: '255 identities fill a room: an honest person is refused (4503)',
    held: false,
    without: [
      { file: 'signaling/server/rooms.ts', find: 'if (!full && (known || own.length < places)) return;', put: 'if (!full) return;' },
    ],
    async run(arena) {
      const { id: room } = await arena.found();
      let identities = 0;
      for (let i = 0; i < 300; i++) if (await worked(arena.stranger(room, { address: address(i % 2) }))) identities++;
      const isIn = await getsIn(arena, room);
      return { succeeded: !isIn, evidence: { identities, honestIsIn: isIn } };
    },
  },
  {
    name: 'one-identity-many-sockets',
    finding: 'one key holds many sockets of one room',
    held: true,
    without: [
      {
        file: 'signaling/server/rooms.ts',
        find: "} else this.#remove(room, members, before)?.ended(new MeshError('replaced'));",
        put: '} else this.#remove(room, members, before);',
      },
    ],
    async run(arena) {
      const { id: room } = await arena.found();
      const identity = await newIdentity();
      const sockets: Stranger[] = [];
      for (let i = 0; i < 40; i++) sockets.push(await arena.stranger(room, { identity }));
      const open = () => sockets.filter(({ closed }) => closed === null).length;
      await arena.comes(() => open() === 1, 5000);
      return { succeeded: open() > 20, evidence: { open: open() } };
    },
  },
  {
    name: 'hellos-without-end',
    finding: 'one address makes identities come and go, which the relay checks and everybody is told',
    held: false,
    without: [
      { file: 'signaling/server/admission.ts', find: 'hello: (known) => this.#pay(address, 1) || known,', put: 'hello: () => true,' },
    ],
    async run(arena) {
      const [{ url }, { id: room }] = [await arena.relay(), await arena.found()];
      const watcher = await arena.stranger(room, { address: HONEST });
      let welcomed = 0;
      for (let i = 0; i < 60; i++) {
        const come = async () => (await Stranger.enter(url, room, { address: address(0) })).close();
        const came = await Promise.all(Array.from({ length: 10 }, () => worked(come())));
        welcomed += came.filter(Boolean).length;
      }
      const told = watcher.control.filter(({ t }) => t === 'peer-joined').length;
      // Sockets a second of one address are counted as well, so on a fast machine a few wait.
      return { succeeded: welcomed > 500, evidence: { welcomed, told } };
    },
    async slow(arena) {
      const [{ url }, { federation }] = [await arena.relay(), await arena.honest()];
      const end = new AbortController();
      const flood = async () => {
        while (!end.signal.aborted) await worked(Stranger.enter(url, federation.id, { address: address(0) }).then((one) => one.close()));
      };
      const flooding = Array.from({ length: 8 }, flood);
      return async () => {
        end.abort();
        await Promise.all(flooding);
      };
    },
  },
];
