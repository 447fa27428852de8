/**
 * Who is in which room, and what passes between them. A peer has one session per room: a second one replaces the first, and a resume token
 * lets a session outlive its socket without the others seeing a leave. Places are not first come, first served: some are reserved for known
 * contributors, and no address fills the rest. It knows no sockets, clock or signatures: whoever calls `enter` has checked the proof of
 * identity.
 */
import { toBase64Url, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { RESUME_TOKEN_MS, ROOMS_MAX, ROOMS_PER_IDENTITY_MAX, ROOM_PEERS_MAX } from '#protocol/limits';
import { newestOfBusiest } from './busiest.ts';

/** The share of a room that strangers may fill; the rest is for contributors to its models. */
const STRANGERS_SHARE = 3 / 4;

/** How a room reaches one of its peers. None of these may throw. */
export interface RoomPort {
  /** A seat of the relay itself: no socket, no direct links. */
  readonly local: boolean;
  /** The network address that pays for what this peer sends. */
  readonly address: string;
  joined(peer: PeerId): void;
  left(peer: PeerId): void;
  /** The peer's socket was lost, and it may come back: a half-sent message will not be finished. */
  away(peer: PeerId): void;
  /** `payer` is the sender's address. */
  signal(from: PeerId, data: unknown, payer: string): void;
  /** `frame` is only lent: copy what outlives the call. */
  mailbox(from: PeerId, frame: Uint8Array, payer: string): void;
  /** A whole message of a seat of this relay. */
  message(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void;
  /** Its place was taken by another session of the same peer, or by a known contributor. */
  ended(error: MeshError): void;
  /** It sent a seat of this relay something that no honest peer sends. */
  blamed(): void;
}

export interface RoomLimits {
  readonly rooms: number;
  readonly peers: number;
  readonly resumeMs: number;
}

const LIMITS: RoomLimits = { rooms: ROOMS_MAX, peers: ROOM_PEERS_MAX, resumeMs: RESUME_TOKEN_MS };

interface Member {
  readonly peer: PeerId;
  readonly token: string;
  /** Null while the peer is away with a valid token. */
  port: RoomPort | null;
  awaySince: number;
  address: string;
  readonly local: boolean;
}

type Members = Map<PeerId, Member>;

export class Rooms {
  readonly #rooms = new Map<Hash, Members>();
  readonly #limits: RoomLimits;
  readonly #isKnown: (room: Hash, peer: PeerId) => boolean;
  /** Rooms that each peer is in. */
  readonly #stays = new Map<PeerId, number>();

  /** @param isKnown whether a peer has contributed to a model of the room's federation */
  constructor(limits: Partial<RoomLimits> = {}, isKnown: (room: Hash, peer: PeerId) => boolean = () => false) {
    this.#limits = { ...LIMITS, ...limits };
    this.#isKnown = isKnown;
  }

  /**
   * @param resume the token from an earlier session of this peer, or null
   * @throws MeshError room-full, conflict (the peer is a seat of this relay)
   */
  enter(room: Hash, peer: PeerId, port: RoomPort, resume: string | null): Session {
    const members = this.#open(room);
    const before = members.get(peer);
    if (before?.port?.local) throw new MeshError('conflict', { field: 'id', expected: 'a peer that is not a seat of this relay' });
    if (before !== undefined && resume !== null && resume === before.token) {
      const old = before.port;
      before.port = port;
      before.address = port.address;
      old?.ended(new MeshError('replaced'));
      return new Session(room, before, port, members, this, true);
    }
    if (before === undefined) {
      if (!port.local) this.#makePlace(room, members, peer, port.address);
    } else this.#remove(room, members, before)?.ended(new MeshError('replaced'));
    const token = toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
    const member: Member = { peer, token, port, awaySince: 0, address: port.address, local: port.local };
    for (const other of members.values()) other.port?.joined(peer);
    members.set(peer, member);
    this.#rooms.set(room, members);
    this.#stays.set(peer, (this.#stays.get(peer) ?? 0) + 1);
    return new Session(room, member, port, members, this, false);
  }

  /** Peers of a room, including those that are away but may resume. */
  peers(room: Hash): PeerId[] {
    return [...(this.#rooms.get(room)?.keys() ?? [])];
  }

  /** Peers connected now, in all rooms. */
  get connected(): number {
    let count = 0;
    for (const members of this.#rooms.values()) for (const member of members.values()) if (member.port !== null) count++;
    return count;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** Lets those go whose tokens have run out. */
  sweep(now: number): void {
    for (const [room, members] of this.#rooms) {
      for (const member of members.values()) {
        if (member.port === null && now - member.awaySince >= this.#limits.resumeMs) this.#remove(room, members, member);
      }
    }
  }

  /** For sessions only. */
  remove(room: Hash, members: Members, member: Member): void {
    this.#remove(room, members, member);
  }

  #open(room: Hash): Members {
    const members = this.#rooms.get(room);
    if (members !== undefined) return members;
    if (this.#rooms.size >= this.#limits.rooms) throw new MeshError('room-full', { expected: `at most ${this.#limits.rooms} rooms` });
    return new Map();
  }

  /**
   * A session without a socket gives way before anybody is turned down, and for a known contributor the newest stranger from the address
   * with the most strangers here.
   */
  #makePlace(room: Hash, members: Members, peer: PeerId, from: string): void {
    if ((this.#stays.get(peer) ?? 0) >= ROOMS_PER_IDENTITY_MAX) {
      throw new MeshError('quota', { field: 'room', expected: `at most ${ROOMS_PER_IDENTITY_MAX} rooms for one identity` });
    }
    const known = this.#isKnown(room, peer);
    const strangers = [...members.values()].filter((member) => !member.local && !this.#isKnown(room, member.peer));
    const places = Math.ceil(this.#limits.peers * STRANGERS_SHARE) - strangers.length;
    const own = strangers.filter((member) => member.address === from);
    const full = members.size >= this.#limits.peers;
    if (!full && (known || own.length < places)) return;
    let giving = oldestAway(full || places <= 0 ? strangers : own);
    if (known) giving ??= oldestAway([...members.values()]) ?? newestOfBusiest(strangers);
    if (giving === null) {
      const expected = full || places <= 0 ? `at most ${this.#limits.peers} peers` : 'fewer peers from one address';
      throw new MeshError('room-full', { field: 'room', expected });
    }
    this.#remove(room, members, giving)?.ended(new MeshError('room-full', { field: 'room', expected: 'a place for a known contributor' }));
  }

  #remove(room: Hash, members: Members, member: Member): RoomPort | null {
    const port = member.port;
    member.port = null;
    members.delete(member.peer);
    const stays = this.#stays.get(member.peer)! - 1;
    if (stays > 0) this.#stays.set(member.peer, stays);
    else this.#stays.delete(member.peer);
    for (const other of members.values()) other.port?.left(member.peer);
    if (members.size === 0) this.#rooms.delete(room);
    return port;
  }
}

function oldestAway(members: readonly Member[]): Member | null {
  let oldest: Member | null = null;
  for (const member of members) {
    if (member.port === null && (oldest === null || member.awaySince < oldest.awaySince)) oldest = member;
  }
  return oldest;
}

/** One peer's stay in a room through one port. After it was replaced or left, its methods do nothing. */
export class Session {
  readonly room: Hash;
  readonly resumed: boolean;
  readonly #member: Member;
  readonly #port: RoomPort;
  readonly #members: Members;
  readonly #rooms: Rooms;

  constructor(room: Hash, member: Member, port: RoomPort, members: Members, rooms: Rooms, resumed: boolean) {
    this.room = room;
    this.#member = member;
    this.#port = port;
    this.#members = members;
    this.#rooms = rooms;
    this.resumed = resumed;
  }

  get peer(): PeerId {
    return this.#member.peer;
  }

  get token(): string {
    return this.#member.token;
  }

  /** The others. */
  peers(): PeerId[] {
    return [...this.#members.keys()].filter((peer) => peer !== this.peer);
  }

  isLocal(peer: PeerId): boolean {
    return this.#members.get(peer)?.port?.local ?? false;
  }

  signal(to: PeerId, data: unknown): void {
    this.#to(to)?.signal(this.peer, data, this.#port.address);
  }

  mailbox(to: PeerId, frame: Uint8Array): void {
    this.#to(to)?.mailbox(this.peer, frame, this.#port.address);
  }

  /** For seats of the relay: a whole message, or nothing of it. */
  message(to: PeerId, bytes: Uint8Array<ArrayBuffer>): void {
    this.#to(to)?.message(this.peer, bytes);
  }

  /** For seats of the relay: the peer sent something that no honest one sends. */
  blame(peer: PeerId): void {
    this.#to(peer)?.blamed();
  }

  /** For good: the others see it at once. */
  leave(): void {
    if (this.#present()) this.#rooms.remove(this.room, this.#members, this.#member);
  }

  /** The socket was lost: the others see nothing until the token expires. */
  lose(now: number): void {
    if (!this.#present()) return;
    this.#member.port = null;
    this.#member.awaySince = now;
    for (const other of this.#members.values()) other.port?.away(this.peer);
  }

  #present(): boolean {
    return this.#member.port === this.#port;
  }

  #to(peer: PeerId): RoomPort | null {
    if (!this.#present() || peer === this.peer) return null;
    return this.#members.get(peer)?.port ?? null;
  }
}
