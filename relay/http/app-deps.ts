/** What the routes depend on; relay.ts assembles it. */
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { ClientAddresses } from '#signaling/server/client-address';
import type { SignalingCounts } from '#signaling/server/server';
import type { Federations } from '../federations.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { HoldRoom } from './answer-room.ts';
import type { ConnectionLimits } from './connections.ts';
import type { RequestLimits } from './request-limits.ts';

/** The relay's current state. */
export interface RelayStatus {
  readonly status: 'starting' | 'ready' | 'draining';
  /** Peers connected to this relay. */
  nodes(): number;
  /** Peers in one federation's room. */
  members(federation: Hash): number;
  /** Counts of what the sockets hold and have refused. */
  sockets(): Pick<SignalingCounts, 'bytes' | 'gaveWay' | 'refused' | 'slow' | 'blamed'>;
}

export interface AppDeps {
  readonly relay: { readonly id: PeerId; readonly region: string; readonly address: string | null };
  readonly store: Store;
  readonly federations: Federations;
  readonly live: RelayStatus;
  readonly log: Log;
  /** Absolute path of the built page. */
  readonly page: string;
  /** Path under which the relay is reached, see base.ts. */
  readonly base: string;
  /** Addresses of clients, for the limits. */
  readonly clients: ClientAddresses;
  readonly limits: RequestLimits;
  readonly connections: ConnectionLimits;
  /** Memory for responses and bodies in progress. */
  readonly room: HoldRoom;
}
