import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { roomNamed } from '../loopback-relay.fixture.ts';
import { Rooms, type RoomPort, type Session } from './rooms.ts';

const ROOM = roomNamed('room');
const id = (name: string) => name as PeerId;

class Recorder implements RoomPort {
  readonly heard: string[] = [];
  readonly local: boolean;
  readonly address: string;
  constructor(local = false, address = 'somewhere') {
    this.local = local;
    this.address = address;
  }
  joined = (peer: PeerId) => void this.heard.push(`+${peer}`);
  left = (peer: PeerId) => void this.heard.push(`-${peer}`);
  signal = (from: PeerId, data: unknown) => void this.heard.push(`${from}:${String(data)}`);
  mailbox = (from: PeerId, frame: Uint8Array) => void this.heard.push(`${from}=${frame.join()}`);
  readonly lost: PeerId[] = [];
  away = (peer: PeerId) => void this.lost.push(peer);
  message = (from: PeerId, bytes: Uint8Array) => void this.heard.push(`${from}#${bytes.join()}`);
  ended = ({ code }: MeshError) => void this.heard.push(code);
  blamed = () => void this.heard.push('blamed');
}

interface Entered {
  readonly port: Recorder;
  readonly session: Session;
}

function enter(rooms: Rooms, name: string, token: string | null = null, local = false, address = name): Entered {
  const port = new Recorder(local, address);
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
    expect(watcher.port.lost).toEqual(['a']);
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

  it('is not filled by one address, nor by strangers, however many identities they make', () => {
    const known = new Set(['old', 'older']);
    const rooms = new Rooms({ peers: 16 }, (_room, peer) => known.has(peer));
    const seat = enter(rooms, 'seat', null, true);
    const flood = (address: string, most: number) => {
      for (let i = 0; i < most; i++) if (!tries(() => enter(rooms, `${address}${i}`, null, false, address))) return i;
      return most;
    };
    expect(flood('x', 100)).toBe(6); // half of the strangers' twelve places
    expect(flood('y', 100)).toBe(3);
    expect(enter(rooms, 'honest').session.peers()).toHaveLength(10);
    for (let address = 0; address < 40; address++) flood(`z${address}.`, 1);
    expect(rooms.peers(ROOM)).toHaveLength(13); // a quarter stays for those who have contributed
    enter(rooms, 'old');
    for (let i = 0; i < 16; i++) known.add(`late${i}`);
    const before = seat.port.heard.length;
    for (let i = 0; i < 4; i++) enter(rooms, `late${i}`);
    expect(rooms.peers(ROOM)).toHaveLength(16);
    // The newest stranger of the busiest address gave way, not the seat and not the honest one.
    expect(seat.port.heard.slice(before).filter((word) => word.startsWith('-'))).toEqual(['-x5', '-x4']);
    for (let i = 4; i < 14; i++) enter(rooms, `late${i}`);
    expect(() => enter(rooms, 'older')).toThrow(/room-full/); // full of known contributors and the seat
  });

  it('lets one identity be in some rooms, not in all', () => {
    const rooms = new Rooms();
    const stays = Array.from({ length: 16 }, (_, i) => rooms.enter(roomNamed(String(i)), id('a'), new Recorder(), null));
    expect(() => rooms.enter(ROOM, id('a'), new Recorder(), null)).toThrow(/quota/);
    stays[0]!.leave();
    rooms.enter(ROOM, id('a'), new Recorder(), null);
  });

  it('takes whole messages and blame from seats', () => {
    const rooms = new Rooms();
    const [seat, a] = [enter(rooms, 'seat', null, true), enter(rooms, 'a')];
    seat.session.message(id('a'), Uint8Array.of(1, 2));
    seat.session.blame(id('a'));
    expect(a.port.heard).toEqual(['seat#1,2', 'blamed']);
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
          const peers = session.peers().sort();
          expect(isThere(rooms, port, session) ? [...set].sort() : peers).toEqual(peers);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function tries(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

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
