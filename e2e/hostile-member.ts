/** A member that joins every round by the rules and lies in every way it can: a real socket and key, none of the peer's own code. */
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity, type PeerId } from '#protocol/identity';
import { updateLength, type ManifestBody } from '#protocol/manifest/manifest';
import type { RecordBody, RoundMessage, UpdateBody } from '#protocol/round/messages';
import { decodeMesh, encodeMesh } from '#protocol/wire';
import { openMesh } from '#signaling/mesh';
import type { Transport } from '#signaling/transport';

export type Lie = 'silence' | 'garbage' | 'not-numbers' | 'huge' | 'wrong-length' | 'forged' | 'two-updates';
export const LIES: readonly Lie[] = ['silence', 'garbage', 'not-numbers', 'huge', 'wrong-length', 'forged', 'two-updates'];

export class HostileMember {
  readonly id: PeerId;
  /** Rounds that named this member in their list, with the lie that was told in each. */
  readonly told: { readonly round: number; readonly lie: Lie }[] = [];
  /** What seats and members answered. */
  readonly refusals = new Set<string>();
  readonly #identity: Identity;
  readonly #fed: Hash;
  readonly #seat: PeerId;
  readonly #length: number;
  readonly #lies: readonly Lie[];
  readonly #transport: Transport;
  #joined = -1;
  /** The record that made the newest state, as far as it was heard. */
  #stateRound = 0;

  private constructor(identity: Identity, fed: Hash, manifest: ManifestBody, url: string, lies: readonly Lie[]) {
    this.#lies = lies;
    this.id = identity.id;
    this.#identity = identity;
    this.#fed = fed;
    this.#seat = (manifest.seats.kind === 'home' ? manifest.seats.relays[0] : manifest.seats.ids[0]) as PeerId;
    this.#length = updateLength(manifest) * 4;
    this.#transport = openMesh({
      url,
      room: fed,
      identity,
      rtc: null,
      events: { peers: () => {}, relay: () => {}, message: (from, bytes) => void this.#hear(from, decodeMesh(bytes)) },
    });
  }

  /** @param lies told in turn, one each time it is listed */
  static async enter(url: string, fed: Hash, manifest: ManifestBody, lies: readonly Lie[] = LIES): Promise<HostileMember> {
    return new HostileMember(await identityOf(await generateKeyPair(false)), fed, manifest, url, lies);
  }

  close(): void {
    this.#transport.close();
  }

  async #hear(from: PeerId, message: RoundMessage): Promise<void> {
    if (message.t === 'refuse') {
      this.refusals.add(message.code);
    } else if (message.t === 'status' && from === this.#seat) {
      if (this.#joined < 0) this.#stateRound = message.round - 1;
      await this.#join(message.round, message.state);
    } else if (message.t === 'record') {
      const { record } = message.certified;
      this.#stateRound = record.stateRound;
      await this.#join(record.round + 1, record.state);
    } else if (message.t === 'open' && message.signed.body.members.includes(this.id)) {
      const { round, state } = message.signed.body;
      if (this.told.some((t) => t.round === round)) return;
      const lie = this.#lies[this.told.length % this.#lies.length]!;
      this.told.push({ round, lie });
      await this.#lie(lie, round, state);
    }
  }

  async #join(round: number, state: Hash): Promise<void> {
    if (round <= this.#joined) return;
    this.#joined = round;
    const signed = await signBody(this.#identity, { t: 'join' as const, fed: this.#fed, epoch: 0, round, state });
    this.#transport.send(this.#seat, encodeMesh({ t: 'join', signed }));
  }

  async #lie(lie: Lie, round: number, state: Hash): Promise<void> {
    const update = async (vector: Uint8Array, signer = this.#identity) => {
      const body: UpdateBody = {
        t: 'update',
        fed: this.#fed,
        epoch: 0,
        attempt: 0,
        state,
        stateRound: this.#stateRound,
        vector: hashBytes(vector),
        ledger: hashBytes(vector),
      };
      return encodeMesh({ t: 'update', signed: { ...(await signBody(signer, body)), by: this.id }, vector });
    };
    const filled = (value: number, bytes = this.#length) => {
      const vector = new Uint8Array(bytes);
      const view = new DataView(vector.buffer);
      for (let at = 0; at + 4 <= bytes; at += 4) view.setUint32(at, value, true);
      return vector;
    };
    switch (lie) {
      case 'silence':
        return;
      case 'garbage':
        this.#everybody(filled(0xdeadbeef, 4000) as Uint8Array<ArrayBuffer>);
        this.#everybody(encode({ t: 'update', signed: 'nobody', vector: null }));
        return this.#everybody(encode({ t: 'record', certified: this.#forgedRecord(round, state) }));
      case 'not-numbers':
        return this.#everybody(await update(filled(0x7fc00000)));
      case 'huge':
        return this.#everybody(await update(filled(0x7fffffff)));
      case 'wrong-length':
        return this.#everybody(await update(filled(1, this.#length + 4)));
      case 'forged':
        return this.#everybody(await update(filled(1), await identityOf(await generateKeyPair(false))));
      case 'two-updates': {
        const [one, other] = [await update(filled(1)), await update(filled(2))];
        for (const [i, { peer }] of this.#transport.peers().entries()) this.#transport.send(peer, i % 2 === 0 ? one : other);
        this.#transport.send(this.#seat, one);
        return this.#transport.send(this.#seat, other);
      }
    }
  }

  /** A model of its own making, certified by nobody. */
  #forgedRecord(round: number, state: Hash): { record: RecordBody; commits: never[]; attests: never[] } {
    const record: RecordBody = {
      t: 'record',
      fed: this.#fed,
      epoch: 0,
      round,
      kind: 'model',
      base: state,
      from: { state, round: this.#stateRound },
      state: hashBytes(new Uint8Array(8)),
      stateRound: round,
      models: 1,
      kernel: 'mine',
      contributions: [],
    };
    return { record, commits: [], attests: [] };
  }

  #everybody(bytes: Uint8Array<ArrayBuffer>): void {
    for (const { peer } of this.#transport.peers()) this.#transport.send(peer, bytes);
  }
}
