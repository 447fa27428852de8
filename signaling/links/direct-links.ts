/**
 * When to open a direct link, with whom, and what to do if it does not open. Calls contain network addresses, so only allowed peers are
 * called or answered, and before the first `allow` nobody is. Of two that may link, the newcomer calls, or the one with the smaller id if
 * both were there already; when two calls cross, the one with the smaller id wins. A pair that fails stays on the mailbox and retries ever
 * more rarely. Nothing here carries messages: mesh.ts chooses the path.
 */
import type { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { LINK_CONNECT_MS, LINK_DEGREE_MAX, LINK_RETRY_BASE_MS, LINK_RETRY_CAP_MS } from '#protocol/limits';
import { newCallId, parseCall, type CallMessage, type RtcSignal } from '../call.ts';
import type { Environment } from '#protocol/driver/ports';
import type { Dialer, DirectLink } from './rtc-link.ts';
import { TokenBucket } from '#protocol/token-bucket';

export interface DirectTimings {
  readonly connectMs: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

const TIMINGS: DirectTimings = { connectMs: LINK_CONNECT_MS, retryBaseMs: LINK_RETRY_BASE_MS, retryCapMs: LINK_RETRY_CAP_MS };
/** Calls one peer may make: each costs a connection of the browser. */
const CALLS_PER_S = 0.5;
const CALLS_BURST = 6;

export interface DirectContext {
  readonly self: PeerId;
  /** Null where there is no WebRTC. */
  readonly dialer: Dialer | null;
  readonly environment: Environment;
  readonly timings?: Partial<DirectTimings>;
  send(to: PeerId, message: CallMessage): void;
  message(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void;
  /** A direct link opened. */
  opened(peer: PeerId): void;
  /** A direct link that was open is gone; `unsent` did not leave with it. */
  lost(peer: PeerId, unsent: Uint8Array<ArrayBuffer>[]): void;
}

interface Call {
  readonly id: string;
  readonly link: DirectLink;
  readonly initiator: boolean;
  readonly cancelTimeout: () => void;
}

interface Contact {
  /** In the room, so that signals reach it. */
  present: boolean;
  /** It has no WebRTC, or wants no link with us. */
  never: boolean;
  /** A call of ours is due as soon as it is allowed: we came later, or could not answer its own. */
  due: boolean;
  attempt: number;
  call: Call | null;
  link: DirectLink | null;
  cancelRetry: () => void;
  readonly calls: TokenBucket;
}

export class DirectLinks {
  readonly #contacts = new Map<PeerId, Contact>();
  #allowed: ReadonlySet<PeerId> = new Set();
  readonly #context: DirectContext;
  readonly #timings: DirectTimings;

  constructor(context: DirectContext) {
    this.#context = context;
    this.#timings = { ...TIMINGS, ...context.timings };
  }

  /** The open link to a peer, if there is one. */
  open(peer: PeerId): DirectLink | null {
    return this.#contacts.get(peer)?.link ?? null;
  }

  /** Peers with an open link. */
  peers(): PeerId[] {
    return [...this.#contacts].filter(([, contact]) => contact.link !== null).map(([peer]) => peer);
  }

  /** Whom links may be opened with from now on. Links and calls of everybody else end. */
  allow(peers: ReadonlySet<PeerId>): void {
    const before = this.#allowed;
    this.#allowed = new Set(peers);
    for (const [peer, contact] of this.#contacts) {
      if (peers.has(peer) === before.has(peer)) continue;
      contact.cancelRetry();
      if (!peers.has(peer)) {
        this.#endCall(contact);
        contact.link?.close();
      } else {
        contact.never = false;
        contact.attempt = 0;
        if (contact.due || this.#context.self < peer) this.#call(peer, contact);
        else this.#retryLater(peer, contact);
      }
    }
  }

  /** A peer is in the room, for the first time or again. `calls` for the newcomer of the two; the other calls only if nobody did. */
  meet(peer: PeerId, calls: boolean): void {
    if (this.#context.dialer === null) return;
    const contact = this.#contact(peer);
    contact.present = true;
    contact.never = false;
    contact.attempt = 0;
    contact.due = calls;
    contact.cancelRetry();
    if (contact.link !== null) return;
    if (calls) this.#call(peer, contact);
    else this.#retryLater(peer, contact);
  }

  /** A peer left the room. A link that is open stays as long as it lives. */
  part(peer: PeerId): void {
    const contact = this.#contacts.get(peer);
    if (contact === undefined) return;
    contact.present = false;
    contact.cancelRetry();
    this.#endCall(contact);
    if (contact.link === null) this.#contacts.delete(peer);
  }

  /** What a peer said through the relay; anything it should not say is dropped. */
  signal(from: PeerId, data: unknown): void {
    const message = parseCall(data);
    if (message === null) return;
    const contact = this.#contacts.get(from);
    const current = contact?.call?.id === message.id ? contact.call : null;
    if (message.t === 'decline') {
      if (contact !== undefined && current !== null) this.#declined(from, contact, message.why);
    } else if (current !== null) {
      current.link.signal(message.rtc);
    } else if (message.rtc.type === 'offer') {
      this.#called(from, message.id, message.rtc);
    }
  }

  close(): void {
    for (const contact of this.#contacts.values()) {
      contact.present = false;
      contact.cancelRetry();
      this.#endCall(contact);
      const link = contact.link;
      contact.link = null;
      link?.close();
    }
    this.#contacts.clear();
  }

  #contact(peer: PeerId): Contact {
    let contact = this.#contacts.get(peer);
    if (contact === undefined) {
      const calls = new TokenBucket(CALLS_PER_S, CALLS_BURST, this.#context.environment.now());
      contact = { present: false, never: false, due: false, attempt: 0, call: null, link: null, cancelRetry: () => {}, calls };
      this.#contacts.set(peer, contact);
    }
    return contact;
  }

  #call(peer: PeerId, contact: Contact): void {
    const { dialer } = this.#context;
    if (dialer === null || contact.never || contact.call !== null || contact.link !== null) return;
    if (!contact.present || !this.#allowed.has(peer)) return;
    contact.due = false;
    if (dialer.size >= LINK_DEGREE_MAX) return this.#retryLater(peer, contact);
    this.#dial(peer, contact, newCallId(), true);
  }

  #called(from: PeerId, id: string, offer: RtcSignal): void {
    const { dialer, self } = this.#context;
    const decline = (why: 'never' | 'busy') => this.#context.send(from, { t: 'decline', id, why });
    if (dialer === null) return decline('never');
    const contact = this.#contacts.get(from);
    if (contact === undefined || !contact.present) return;
    if (!this.#allowed.has(from)) {
      contact.due = true;
      return decline('never');
    }
    if (contact.calls.take(1, this.#context.environment.now()) > 0) return decline('busy');
    if (contact.call?.initiator && self < from) return; // two calls met; ours stands, and the other end takes it
    this.#endCall(contact);
    contact.link?.close(); // who calls has lost the link that this end still believes in
    if (dialer.size >= LINK_DEGREE_MAX) {
      decline('busy');
      return this.#retryLater(from, contact);
    }
    this.#dial(from, contact, id, false).signal(offer);
  }

  #dial(peer: PeerId, contact: Contact, id: string, initiator: boolean): DirectLink {
    const { dialer, environment } = this.#context;
    contact.cancelRetry();
    const link: DirectLink = dialer!.dial(
      peer,
      initiator,
      (rtc) => this.#context.send(peer, { t: 'call', id, rtc }),
      {
        message: (bytes) => this.#context.message(peer, bytes),
        open: () => this.#opened(peer, contact, link),
        close: (error) => this.#closed(peer, contact, link, error),
      },
      environment,
    );
    const cancelTimeout = environment.timer(this.#timings.connectMs, () => {
      this.#context.send(peer, { t: 'decline', id, why: 'failed' });
      link.close();
    });
    contact.call = { id, link, initiator, cancelTimeout };
    return link;
  }

  #opened(peer: PeerId, contact: Contact, link: DirectLink): void {
    if (contact.call?.link !== link) return;
    contact.call.cancelTimeout();
    contact.call = null;
    contact.attempt = 0;
    contact.link = link;
    this.#context.opened(peer);
  }

  #closed(peer: PeerId, contact: Contact, link: DirectLink, error: MeshError | undefined): void {
    if (contact.call?.link === link) {
      contact.call.cancelTimeout();
      contact.call = null;
      this.#retryLater(peer, contact);
    } else if (contact.link === link) {
      contact.link = null;
      // What a slow reader did not take is lost; the mailbox would only drown in it as well.
      const unsent = error?.code === 'slow-consumer' ? [] : link.takeBack();
      if (contact.present) this.#retryLater(peer, contact);
      else this.#contacts.delete(peer);
      this.#context.lost(peer, unsent);
    }
  }

  #declined(peer: PeerId, contact: Contact, why: 'never' | 'busy' | 'failed'): void {
    contact.never = why === 'never';
    this.#endCall(contact);
    this.#retryLater(peer, contact);
  }

  #endCall(contact: Contact): void {
    const call = contact.call;
    contact.call = null; // first, so that its close is not taken for a failure
    call?.cancelTimeout();
    call?.link.close();
  }

  #retryLater(peer: PeerId, contact: Contact): void {
    contact.cancelRetry();
    if (contact.never || !contact.present || !this.#allowed.has(peer) || this.#context.dialer === null) return;
    const { retryBaseMs, retryCapMs } = this.#timings;
    const longest = Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(contact.attempt++, 30));
    const wait = longest * (0.5 + this.#context.environment.random() / 2); // never at once, and not both ends together
    contact.cancelRetry = this.#context.environment.timer(wait, () => this.#call(peer, contact));
  }
}
