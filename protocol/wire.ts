/**
 * The wire: protocol version, features, and every message, one union a direction.
 * Control messages of the signaling socket are JSON text frames; mesh messages are deterministic CBOR in binary frames.
 * Parsers refuse what they do not know: an unknown type, an extra field, a value out of range.
 */
import * as z from 'zod/mini';
import { decode, encode, type Hash } from './codec.ts';
import { ERRORS, MeshError, type ErrorCode } from './errors.ts';
import { bytes, hash, issueError, list, natural, peer, signature, signed } from './field-shapes.ts';
import type { PeerId } from './identity.ts';
import { ATTESTS_MAX, CONTRIBUTORS_MAX, PARAMETERS_MAX, SEATS_MAX, SIGNAL_FRAME_BYTES_MAX, STATE_BYTES_MAX } from './limits.ts';
import type { RoundMessage } from './round/messages.ts';

export const PROTOCOL_VERSION_MIN = 2;
export const PROTOCOL_VERSION_MAX = 2;
export const FEATURES = ['mailbox', 'resume'] as const;

const code = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

// --- the mesh: what peers say about rounds (see round/messages.ts for the meaning of each) ---

const slot = { fed: hash, epoch: natural, round: natural };
const contribution = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('update'), member: peer, attempt: natural, vector: hash, ledger: hash, sig: signature }),
  z.strictObject({
    kind: z.literal('group-sum'),
    group: natural,
    attempt: natural,
    members: natural,
    vector: hash,
    senders: natural,
    root: hash,
  }),
]);
const record = z.strictObject({
  t: z.literal('record'),
  ...slot,
  kind: z.enum(['model', 'skip']),
  base: hash,
  from: z.strictObject({ state: hash, round: natural }),
  state: hash,
  stateRound: natural,
  models: natural,
  kernel: z.string().check(z.maxLength(64)),
  contributions: list(contribution, CONTRIBUTORS_MAX),
});
const join = signed(z.strictObject({ t: z.literal('join'), ...slot, state: hash }));
const open = signed(z.strictObject({ t: z.literal('open'), ...slot, view: natural, state: hash, members: list(peer, CONTRIBUTORS_MAX) }));
const update = signed(
  z.strictObject({
    t: z.literal('update'),
    fed: hash,
    epoch: natural,
    attempt: natural,
    state: hash,
    stateRound: natural,
    vector: hash,
    ledger: hash,
  }),
);
const propose = signed(z.strictObject({ t: z.literal('propose'), ...slot, view: natural, record: hash }));
const attest = signed(z.strictObject({ t: z.literal('attest'), ...slot, record: hash }));
const vote = signed(z.strictObject({ t: z.enum(['prepare', 'commit']), ...slot, view: natural, record: hash }));
const attests = list(attest, ATTESTS_MAX);
const votes = list(vote, SEATS_MAX);
const lock = z.strictObject({ view: natural, record, prepares: votes, attests });
const change = z.strictObject({
  t: z.literal('change'),
  signed: signed(
    z.strictObject({
      t: z.literal('change'),
      ...slot,
      view: natural,
      lock: z.nullable(z.strictObject({ view: natural, record: hash })),
    }),
  ),
  lock: z.nullable(lock),
});
const done = signed(z.strictObject({ t: z.literal('done'), fed: hash, epoch: natural, stateRound: natural }));

const meshMessage = z.discriminatedUnion('t', [
  z.strictObject({
    t: z.literal('status'),
    ...slot,
    head: hash,
    state: hash,
    joined: natural,
    seat: z.boolean(),
    phase: z.enum(['gathering', 'training', 'deciding', 'waiting-for-new', 'finished']),
  }),
  z.strictObject({ t: z.literal('join'), signed: join }),
  z.strictObject({ t: z.literal('open'), signed: open }),
  z.strictObject({ t: z.literal('update'), signed: update, vector: bytes(PARAMETERS_MAX * 4) }),
  z.strictObject({ t: z.literal('ack'), fed: hash, update: hash }),
  z.strictObject({ t: z.literal('propose'), signed: propose, record, changes: list(change, SEATS_MAX) }),
  z.strictObject({ t: z.literal('attest'), signed: attest }),
  z.strictObject({ t: z.literal('vote'), signed: vote, attests }),
  change,
  z.strictObject({ t: z.literal('record'), certified: z.strictObject({ record, commits: votes, attests }) }),
  z.strictObject({ t: z.literal('done'), signed: done }),
  z.strictObject({ t: z.literal('want'), fed: hash, what: z.enum(['head', 'state', 'update']), hash: z.nullable(hash) }),
  z.strictObject({ t: z.literal('state'), fed: hash, hash, bytes: bytes(STATE_BYTES_MAX) }),
  z.strictObject({ t: z.literal('refuse'), fed: hash, code, about: hash, field: z.string().check(z.maxLength(64)) }),
]);

export function encodeMesh(message: RoundMessage): Uint8Array<ArrayBuffer> {
  return encode(message);
}

/** @throws MeshError frame-too-large, frame-malformed, not-canonical, field-invalid (with the path) */
export function decodeMesh(frame: Uint8Array): RoundMessage {
  const value = decode(frame);
  const result = z.safeParse(meshMessage, value);
  if (!result.success) throw issueError(result.error, 'message');
  return result.data as unknown as RoundMessage;
}

// --- the signaling socket: JSON text frames; binary frames are the mailbox ---

/** Server to a new socket, before anything else. */
export interface Challenge {
  readonly t: 'challenge';
  /** 32 random bytes, base64url. */
  readonly nonce: string;
  readonly versions: readonly [number, number];
}

const hello = z.strictObject({
  t: z.literal('hello'),
  versions: z.tuple([natural, natural]),
  features: list(z.string().check(z.maxLength(32)), 32),
  /** The federation whose room is entered. */
  room: hash,
  id: peer,
  /** Signature over the domain-tagged challenge {nonce, room, origin}. */
  sig: z.string().check(z.length(86), z.regex(/^[\w-]+$/)),
  resume: z.nullable(z.string().check(z.maxLength(64))),
});
const signal = z.strictObject({
  t: z.literal('signal'),
  to: peer,
  /** SDP or an ICE candidate, opaque to the server. */
  data: z.unknown(),
});
const ping = z.strictObject({ t: z.literal('ping') });
const clientMessage = z.discriminatedUnion('t', [hello, signal, ping]);

export type ClientMessage = z.infer<typeof clientMessage>;

export type ServerMessage =
  | Challenge
  | {
      readonly t: 'welcome';
      readonly version: number;
      readonly features: readonly string[];
      readonly peers: readonly PeerId[];
      /** Proves this session after a lost socket; peers see no leave in between. */
      readonly resume: string;
      readonly resumed: boolean;
    }
  | { readonly t: 'peer-joined'; readonly peer: PeerId }
  | { readonly t: 'peer-left'; readonly peer: PeerId }
  | { readonly t: 'signal'; readonly from: PeerId; readonly data: unknown }
  | { readonly t: 'pong' }
  | { readonly t: 'refused'; readonly code: ErrorCode; readonly field?: string; readonly expected?: string };

const serverMessage = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('challenge'), nonce: z.string().check(z.length(43)), versions: z.tuple([natural, natural]) }),
  z.strictObject({
    t: z.literal('welcome'),
    version: natural,
    features: list(z.string(), 32),
    peers: list(peer, 1024),
    resume: z.string().check(z.maxLength(64)),
    resumed: z.boolean(),
  }),
  z.strictObject({ t: z.literal('peer-joined'), peer }),
  z.strictObject({ t: z.literal('peer-left'), peer }),
  z.strictObject({ t: z.literal('signal'), from: peer, data: z.unknown() }),
  z.strictObject({ t: z.literal('pong') }),
  z.strictObject({ t: z.literal('refused'), code, field: z.optional(z.string()), expected: z.optional(z.string()) }),
]);

/** The body that a peer signs to enter a room; `origin` keeps a challenge of one relay from being used at another. */
export interface HelloProof {
  readonly t: 'hello';
  readonly nonce: string;
  readonly room: Hash;
  readonly origin: string;
}

/** @throws MeshError frame-too-large, frame-malformed, field-invalid */
export function parseClientMessage(frame: string): ClientMessage {
  return parseJson(frame, clientMessage);
}

/** @throws MeshError frame-too-large, frame-malformed, field-invalid */
export function parseServerMessage(frame: string): ServerMessage {
  return parseJson(frame, serverMessage) as ServerMessage;
}

function parseJson<T extends z.ZodMiniType>(frame: string, schema: T): z.infer<T> {
  if (frame.length > SIGNAL_FRAME_BYTES_MAX) {
    throw new MeshError('frame-too-large', { expected: `at most ${SIGNAL_FRAME_BYTES_MAX} characters`, got: String(frame.length) });
  }
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch (cause) {
    throw new MeshError('frame-malformed', { expected: 'JSON' }, cause);
  }
  const result = z.safeParse(schema, value);
  if (!result.success) throw issueError(result.error, 'frame');
  return result.data;
}

/** A mailbox frame: 33 bytes of the other end's key (to: toward the relay, from: away from it), then the payload. */
export const MAILBOX_HEADER_BYTES = 33;
