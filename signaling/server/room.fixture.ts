/** What tests of a round host stand on: a room and cells in memory. Sessions, whose peers come and go, have a room of their own. */
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { MANIFEST_VERSION } from '#protocol/manifest/schema';
import type { RoundMessage } from '#protocol/round/messages';
import { decodeMesh } from '#protocol/wire';
import { MemoryStorage } from '#protocol/driver/memory-storage';
import type { Batch } from '#protocol/driver/ports';
import type { PeerPath, Transport } from '../transport.ts';

/** A room in memory: everybody reaches everybody, messages arrive in order and later. */
export class Room {
  readonly inboxes = new Map<PeerId, { message(from: PeerId, bytes: Uint8Array): void; peers(list: readonly PeerPath[]): void }>();
  /** Everything that was sent. */
  readonly log: { from: PeerId; to: PeerId; message: RoundMessage; bytes: Uint8Array<ArrayBuffer> }[] = [];

  readonly blamed: PeerId[] = [];

  list(self: PeerId): PeerPath[] {
    return [...this.inboxes.keys()].filter((peer) => peer !== self).map((peer) => ({ peer, path: 'in-page' }));
  }

  changed(): void {
    for (const [id, inbox] of this.inboxes) inbox.peers(this.list(id));
  }

  transport(self: PeerId): Transport {
    return {
      self,
      peers: () => this.list(self),
      send: (to, bytes) => {
        this.log.push({ from: self, to, message: decodeMesh(bytes), bytes });
        setTimeout(() => this.inboxes.get(to)?.message(self, bytes), 0);
      },
      blame: (peer) => void this.blamed.push(peer),
      close: () => {},
    };
  }

  sent<T extends RoundMessage['t']>(from: PeerId, t: T, to?: PeerId): Extract<RoundMessage, { t: T }>[] {
    return this.log
      .filter((m) => m.from === from && (to === undefined || m.to === to))
      .flatMap(({ message }) => (message.t === t ? [message as Extract<RoundMessage, { t: T }>] : []));
  }
}

/** A disk that fails when it is told to. */
export class TestStorage extends MemoryStorage {
  failing = false;
  writes = 0;

  override async write(batch: Batch): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.failing) throw new MeshError('storage-denied', { field: 'cells' });
    this.writes++;
    this.apply(batch);
  }
}

/** Three members, two numbers, one home seat. */
export const smallManifest = (relay: PeerId): ManifestBody => ({
  t: 'manifest',
  version: MANIFEST_VERSION,
  name: 'N',
  description: 'D',
  nonce: 'n',
  region: 'local',
  task: {
    kind: 'table',
    columns: [
      { kind: 'number', name: 'a', min: 0, max: 1 },
      { kind: 'number', name: 'b', min: 0, max: 1 },
    ],
    label: { name: 'c', classes: ['no', 'yes'] },
    picture: null,
  },
  model: { kind: 'mlp', hidden: [3], activation: 'tanh', seed: 's' },
  privacy: {
    unit: 'example',
    epsilon: 1,
    delta: 1e-5,
    sigma: 5,
    clip: 0.5,
    rate: 0.25,
    rounds: 10,
    gridBits: 16,
    lot: 20,
    rowsMax: 100,
  },
  rule: { kind: 'mean', step: 0.5, momentum: 0.9 },
  rounds: { minContributors: 3, maxContributors: 4, joinWindowMs: 50, deadlineMs: 20_000, takeoverMs: 20_000 },
  seats: { kind: 'home', relays: [relay] },
  steward: relay,
  relays: [],
  consent: 'Yes.',
  testSet: null,
  critical: [],
});
