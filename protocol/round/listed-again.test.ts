/** A leader whose disk was put back has forgotten its list, and makes another one in the same view. */
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../identity.ts';
import { configOf, Core, id, vectorOf } from './core.fixture.ts';
import { membersOf } from './record.ts';

const SEATS = ['m0', 'm1', 'm2', 'm3'].map(id);
const [, LEADER, , OTHER] = SEATS as [PeerId, PeerId, PeerId, PeerId];
const [A, B, LATE] = ['a', 'b', 'late'].map(id) as [PeerId, PeerId, PeerId];

class Room {
  readonly cores = new Map<PeerId, Core>();
  /** Messages that get lost. */
  loses: (from: PeerId, t: string, to: PeerId) => boolean = () => false;
  readonly #seats: readonly PeerId[];

  constructor(seats: readonly PeerId[], f: number, members: readonly PeerId[]) {
    this.#seats = seats;
    for (const self of new Set([...seats, ...members])) {
      this.cores.set(
        self,
        new Core(configOf(self, seats, f, { modelsMax: 1 })).input({ t: 'start' }).input({ t: 'mode', mode: 'following' }),
      );
    }
    for (const core of this.cores.values()) this.connect(core);
    this.run();
  }

  connect(core: Core): void {
    core.peers(...[...this.cores.keys()].filter((other) => other !== core.config.self));
  }

  join(...members: readonly PeerId[]): void {
    for (const member of members) this.cores.get(member)!.input({ t: 'mode', mode: 'active' });
    this.run();
  }

  timer(timer: 'open' | 'tick' | 'deadline', ...ids: readonly PeerId[]): void {
    for (const each of ids) this.cores.get(each)!.input({ t: 'timer', id: timer });
    this.run();
  }

  /** The leader comes back with an empty disk. */
  putBack(leader: PeerId): void {
    for (const core of this.cores.values()) core.input({ t: 'peers', peers: [...core.s.peers].filter((peer) => peer !== leader) });
    this.run();
    const core = new Core(this.cores.get(leader)!.config).input({ t: 'start' });
    this.cores.set(leader, core);
    for (const each of this.cores.values()) this.connect(each);
    this.run();
    this.timer('tick', ...this.cores.keys());
  }

  /** Delivers and trains until nobody has anything left to say. */
  run(): void {
    for (;;) {
      const effects = [...this.cores].flatMap(([self, core]) => core.take().map((effect) => ({ self, core, effect })));
      if (effects.length === 0) return;
      for (const { self, core, effect } of effects) {
        if (effect.t === 'train') {
          const vector = vectorOf([...this.cores.keys()].indexOf(self));
          core.input({ t: 'trained', signed: core.update(self, vector).signed, vector, last: false });
        }
        if (effect.t !== 'send') continue;
        const { to } = effect;
        const peers = to === 'seats' ? this.#seats : to === 'peers' || to === 'all' ? [...this.cores.keys()] : [to];
        const message = core.complete(effect.draft);
        for (const peer of peers) if (peer !== self && !this.loses(self, message.t, peer)) this.cores.get(peer)!.say(self, message);
      }
    }
  }
}

describe('a leader whose disk was put back lists again in its view', () => {
  const home: readonly PeerId[] = [LEADER];

  it.each([
    ['without a seat, of one relay', home, 0, LATE],
    ['without a seat, of four seats', SEATS, 1, LATE],
    ['with a seat', SEATS, 1, OTHER],
  ] as const)(
    'and a member that only the second list names answers until it is heard, and none is thought silent: one %s',
    (_, seats, f, late) => {
      const room = new Room(seats, f, [A, B, LATE]);
      const leader = (): Core => room.cores.get(LEADER)!;
      room.join(A, B);
      room.loses = (from, t) => t === 'update' && from === A;
      room.timer('open', LEADER);
      expect(leader().s.slot.open?.body.members).toEqual([A, B]);
      room.join(late);
      room.loses = (from, t) => t === 'update' && from === late;
      room.putBack(LEADER);
      room.timer('open', LEADER);
      expect(leader().s.slot.open?.body.members).toEqual([A, B, late].sort());
      expect(leader().s.collect.updates.has(late)).toBe(false); // its first message was lost
      room.loses = () => false;
      room.timer('tick', ...room.cores.keys());
      for (const { s } of room.cores.values()) {
        expect([s.head.record.round, s.head.record.kind, membersOf(s.head.record)]).toEqual([1, 'model', [A, B, late].sort()]);
        expect([...s.standing.silent.keys()]).toEqual([]);
      }
    },
  );
});
