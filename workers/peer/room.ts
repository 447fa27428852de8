/**
 * The federation's room as this device sees it: its transport, the way to the relay, who is there, and how much came in and left. What is
 * said in it is the round core's.
 */
import type { Driver } from '#protocol/driver/driver';
import type { MeshError } from '#protocol/errors';
import type { Identity } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import type { PeerPath, Transport } from '#signaling/transport';
import { Acquaintances } from './acquaintances.ts';
import { Outbox } from './outbox.ts';
import type { Platform } from './platform.ts';

interface Told {
  /** The relay does not let this device in. Awaited: an end is shown once it is proven, and never as a failure before. */
  refused(reason: MeshError): Promise<void>;
  changed(): void;
}

export class Room {
  readonly outbox: Outbox;
  relay: 'connecting' | 'open' | 'waiting' | 'refused' = 'connecting';
  /** The relay has answered once: what follows a loss is not the first connecting. */
  met = false;
  peers: readonly PeerPath[] = [];
  bytesIn = 0;
  readonly #manifest: Manifest;
  readonly #platform: Platform;
  readonly #acquaintances = new Acquaintances((peers) => this.#entered?.transport.direct?.(peers));
  #entered: { readonly transport: Transport; readonly driver: Driver } | null = null;

  constructor(manifest: Manifest, platform: Platform) {
    this.#manifest = manifest;
    this.#platform = platform;
    this.outbox = new Outbox(manifest.body.privacy, () => platform.now());
  }

  enter(identity: Identity, driver: Driver, told: Told): void {
    const transport = this.#platform.open(
      this.#manifest,
      identity,
      {
        message: (from, bytes) => {
          this.bytesIn += bytes.length;
          driver.receive(from, bytes);
        },
        peers: (list) => {
          this.peers = list;
          driver.peers(list);
          told.changed();
        },
        relay: async (state, error) => {
          if (state === 'refused' && error !== undefined) await told.refused(error);
          this.relay = state;
          this.met ||= state === 'open';
          told.changed();
        },
      },
      (departure) => this.outbox.note(departure, driver.leaving),
    );
    this.#entered = { transport, driver };
    driver.start(transport);
  }

  /** Call it after every step, and when this device joins or leaves: it may link to other peers then. */
  meet(takesPart: boolean): void {
    if (this.#entered !== null) this.#acquaintances.look(this.#entered.driver.core, takesPart);
  }

  leave(): void {
    this.#entered?.transport.close();
  }
}
