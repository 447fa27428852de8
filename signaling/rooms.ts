/**
 * Who is in which room, and what passes between them. A peer has one session in a room: a second one replaces the first, and a
 * resume token lets a session outlive its socket without the others seeing a leave. Knows no sockets, no clock and no signatures:
 * whoever calls `enter` has checked the proof of identity.
 */
import { toBase64Url, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { RESUME_TOKEN_MS, ROOMS_MAX, ROOM_PEERS_MAX } from '#protocol/limits';

/** How a room reaches one of its peers. None of these may throw. */
export interface RoomPort {
  /** A seat of the relay itself: no socket, no direct links. */
  readonly local: boolean;
  /** Bytes handed over but not yet gone. */
  bufferedBytes(): number;
  joined(peer: PeerId): void;
  left(peer: PeerId): void;
  signal(from: PeerId, data: unknown): void;
  /** `frame` is only lent: copy what outlives the call. */
  mailbox(from: PeerId, frame: Uint8Array): void;
  /** Another session of the same peer took this one's place. */
  replaced(): void;
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
  /** Null while the peer is away with a token that still counts. */
  port: RoomPort | null;
  awaySince: number;
}

type Members = Map<PeerId, Member>;

export class Rooms {
  readonly #rooms = new Map<Hash, Members>();
  readonly #limits: RoomLimits;

  constructor(limits: Partial<RoomLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * @param token what an earlier session of this peer was given, or null
   * @throws MeshError room-full, conflict (the peer is a seat of this relay)
   */
  enter(room: Hash, peer: PeerId, port: RoomPort, token: string | null): Session {
    const members = this.#open(room);
    const before = members.get(peer);
    if (before?.port?.local) throw new MeshError('conflict', { field: 'id', expected: 'a peer that is not a seat of this relay' });
    if (before !== undefined && token !== null && token === before.token) {
      const old = before.port;
      before.port = port;
      old?.replaced();
      return new Session(room, before, port, members, this, true);
    }
    if (before === undefined) this.#makePlace(room, members);
    else this.#remove(room, members, before)?.replaced();
    const member: Member = { peer, token: toBase64Url(crypto.getRandomValues(new Uint8Array(24))), port, awaySince: 0 };
    for (const other of members.values()) other.port?.joined(peer);
    members.set(peer, member);
    this.#rooms.set(room, members);
    return new Session(room, member, port, members, this, false);
  }

  /** Peers of a room, those included that are away but may resume. */
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

  /** Someone who is away gives way before anybody is turned down. */
  #makePlace(room: Hash, members: Members): void {
    if (members.size < this.#limits.peers) return;
    let oldest: Member | null = null;
    for (const member of members.values()) {
      if (member.port === null && (oldest === null || member.awaySince < oldest.awaySince)) oldest = member;
    }
    if (oldest === null) throw new MeshError('room-full', { expected: `at most ${this.#limits.peers} peers` });
    this.#remove(room, members, oldest);
  }

  #remove(room: Hash, members: Members, member: Member): RoomPort | null {
    const port = member.port;
    member.port = null;
    members.delete(member.peer);
    for (const other of members.values()) other.port?.left(member.peer);
    if (members.size === 0) this.#rooms.delete(room);
    return port;
  }
}

/** One peer's stay in a room through one port. After it was replaced or left, everything it is asked to do is nothing. */
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
    this.#to(to)?.signal(this.peer, data);
  }

  mailbox(to: PeerId, frame: Uint8Array): void {
    this.#to(to)?.mailbox(this.peer, frame);
  }

  /** Bytes that wait for this peer; 0 for one that is not there, since what is sent to it is gone at once. */
  bufferedBytes(to: PeerId): number {
    return this.#to(to)?.bufferedBytes() ?? 0;
  }

  /** For good: the others see it at once. */
  leave(): void {
    if (this.#present()) this.#rooms.remove(this.room, this.#members, this.#member);
  }

  /** The socket was lost: the others see nothing until the token has run out. */
  lose(now: number): void {
    if (!this.#present()) return;
    this.#member.port = null;
    this.#member.awaySince = now;
  }

  #present(): boolean {
    return this.#member.port === this.#port;
  }

  #to(peer: PeerId): RoomPort | null {
    if (!this.#present() || peer === this.peer) return null;
    return this.#members.get(peer)?.port ?? null;
  }
}
