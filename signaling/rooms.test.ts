import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerId } from '#protocol/identity';
import { roomNamed } from './loopback-relay.ts';
import { Rooms, type RoomPort, type Session } from './rooms.ts';

const ROOM = roomNamed('room');
const id = (name: string) => name as PeerId;

class Recorder implements RoomPort {
  readonly heard: string[] = [];
  readonly local: boolean;
  constructor(local = false) {
    this.local = local;
  }
  bufferedBytes = () => 0;
  joined = (peer: PeerId) => void this.heard.push(`+${peer}`);
  left = (peer: PeerId) => void this.heard.push(`-${peer}`);
  signal = (from: PeerId, data: unknown) => void this.heard.push(`${from}:${String(data)}`);
  mailbox = (from: PeerId, frame: Uint8Array) => void this.heard.push(`${from}=${frame.join()}`);
  replaced = () => void this.heard.push('replaced');
}

function enter(rooms: Rooms, name: string, token: string | null = null, local = false): { port: Recorder; session: Session } {
  const port = new Recorder(local);
  return { port, session: rooms.enter(ROOM, id(name), port, token) };
}

describe('a room', () => {
  it('tells everybody of a newcomer, and the newcomer of everybody', () => {
    const rooms = new Rooms();
    const a = enter(rooms, 'a');
    const b = enter(rooms, 'b');
    expect(b.session.peers()).toEqual(['a']);
    expect([a.port.heard, b.port.heard]).toEqual([['+b'], []]);
    a.session.leave();
    expect(b.port.heard).toEqual(['-a']);
  });

  it('passes signals and frames to the one they are for, and drops those for nobody', () => {
    const rooms = new Rooms();
    const [a, b, c] = [enter(rooms, 'a'), enter(rooms, 'b'), enter(rooms, 'c')];
    a.session.signal(id('b'), 'offer');
    a.session.mailbox(id('b'), Uint8Array.of(1, 2));
    a.session.mailbox(id('nobody'), Uint8Array.of(1));
    a.session.signal(id('a'), 'to myself');
    expect(b.port.heard).toEqual(['+c', 'a:offer', 'a=1,2']);
    expect(c.port.heard).toEqual([]);
  });

  it('keeps rooms apart', () => {
    const rooms = new Rooms();
    const a = enter(rooms, 'a');
    const other = new Recorder();
    rooms.enter(roomNamed('other'), id('b'), other, null).mailbox(id('a'), Uint8Array.of(1));
    expect([a.port.heard, other.heard]).toEqual([[], []]);
  });

  it('shows nobody a socket that was lost and came back with its token', () => {
    const rooms = new Rooms({ resumeMs: 100 });
    const watcher = enter(rooms, 'w');
    const a = enter(rooms, 'a');
    a.session.lose(0);
    rooms.sweep(99);
    const again = enter(rooms, 'a', a.session.token);
    expect(again.session.resumed).toBe(true);
    expect(watcher.port.heard).toEqual(['+a']);
    watcher.session.signal(id('a'), 'hello');
    expect(again.port.heard).toEqual(['w:hello']);
  });

  it('lets a lost peer go when its token has run out', () => {
    const rooms = new Rooms({ resumeMs: 100 });
    const watcher = enter(rooms, 'w');
    const a = enter(rooms, 'a');
    a.session.lose(0);
    rooms.sweep(100);
    expect(watcher.port.heard).toEqual(['+a', '-a']);
    expect(enter(rooms, 'a', a.session.token).session.resumed).toBe(false);
  });

  it('replaces the first session of a peer by the second, as a new arrival unless it has the token', () => {
    const rooms = new Rooms();
    const watcher = enter(rooms, 'w');
    const first = enter(rooms, 'a');
    const second = enter(rooms, 'a', 'a wrong token');
    const third = enter(rooms, 'a', second.session.token);
    expect(first.port.heard.at(-1)).toBe('replaced');
    expect(second.port.heard.at(-1)).toBe('replaced');
    expect(watcher.port.heard).toEqual(['+a', '-a', '+a']);
    // What was replaced can do no more harm.
    first.session.leave();
    second.session.lose(0);
    first.session.signal(id('w'), 'ghost');
    expect(watcher.port.heard).toHaveLength(3);
    expect(third.session.peers()).toEqual(['w']);
  });

  it('never gives a seat of the relay to a socket', () => {
    const rooms = new Rooms();
    const seat = enter(rooms, 'seat', null, true);
    expect(() => enter(rooms, 'seat')).toThrow(/conflict/);
    expect(() => enter(rooms, 'seat', seat.session.token)).toThrow(/conflict/);
  });

  it('turns newcomers down when it is full, unless somebody is only away', () => {
    const rooms = new Rooms({ peers: 2 });
    const a = enter(rooms, 'a');
    enter(rooms, 'b');
    expect(() => enter(rooms, 'c')).toThrow(/room-full/);
    a.session.lose(5);
    expect(enter(rooms, 'c').session.peers()).toEqual(['b']);
  });

  it('opens no more rooms than its bound, and forgets empty ones', () => {
    const rooms = new Rooms({ rooms: 1 });
    const a = enter(rooms, 'a');
    expect(() => rooms.enter(roomNamed('other'), id('b'), new Recorder(), null)).toThrow(/room-full/);
    a.session.leave();
    expect(rooms.size).toBe(0);
    rooms.enter(roomNamed('other'), id('b'), new Recorder(), null);
  });

  it('has every peer know exactly who is there, whatever happens', () => {
    const names = ['a', 'b', 'c', 'd'];
    const step = fc.record({ name: fc.constantFrom(...names), act: fc.constantFrom('enter', 'resume', 'leave', 'lose', 'sweep') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const rooms = new Rooms({ resumeMs: 10 });
        const known = new Map<Recorder, Set<string>>();
        const current = new Map<string, { port: Recorder; session: Session }>();
        steps.forEach(({ name, act }, now) => {
          const before = current.get(name);
          if (act === 'enter' || act === 'resume') {
            const entered = enter(rooms, name, act === 'resume' ? (before?.session.token ?? null) : null);
            known.set(entered.port, new Set(entered.session.peers()));
            current.set(name, entered);
          } else if (act === 'leave') before?.session.leave();
          else if (act === 'lose') before?.session.lose(now);
          else rooms.sweep(now);
        });
        for (const { port, session } of current.values()) {
          const set = known.get(port)!;
          for (const word of port.heard) {
            if (word.startsWith('+')) set.add(word.slice(1));
            if (word.startsWith('-')) set.delete(word.slice(1));
          }
          if (isThere(rooms, port, session)) expect([...set].sort()).toEqual(session.peers().sort());
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Whether this port is the one the room speaks to now. */
function isThere(rooms: Rooms, port: Recorder, session: Session): boolean {
  const probe = new Recorder();
  const before = port.heard.length;
  const stranger = rooms.enter(session.room, id('probe'), probe, null);
  stranger.leave();
  const there = port.heard.length === before + 2;
  port.heard.length = before;
  return there;
}
