/**
 * What peers tell each other through the relay to open a direct link: a call, its answer, or a refusal. The relay passes it on unread. It
 * comes from a stranger, so every field is checked here before use.
 */
import * as z from 'zod/mini';
import { toBase64Url } from '#protocol/codec';

z.config({ jitless: true }); // no eval under a content security policy

const id = z.string().check(z.minLength(8), z.maxLength(32), z.regex(/^[\w-]+$/));
const sdp = z.string().check(z.maxLength(32 * 1024));
const line = z.string().check(z.maxLength(4096));

/** The part of simple-peer's signals that a data channel needs; renegotiation and media requests of a stranger are refused. */
const rtcSignal = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('offer'), sdp }),
  z.strictObject({ type: z.literal('answer'), sdp }),
  z.strictObject({
    type: z.literal('candidate'),
    candidate: z.strictObject({
      candidate: line,
      sdpMLineIndex: z.optional(z.nullable(z.int().check(z.gte(0), z.lte(64)))),
      sdpMid: z.optional(z.nullable(z.string().check(z.maxLength(64)))),
      usernameFragment: z.optional(z.nullable(z.string().check(z.maxLength(256)))),
    }),
  }),
]);
export type RtcSignal = z.infer<typeof rtcSignal>;

const callMessage = z.discriminatedUnion('t', [
  /** `rtc` of type offer opens the call; the rest belongs to it. */
  z.strictObject({ t: z.literal('call'), id, rtc: rtcSignal }),
  /** No direct link: `never` from a peer without WebRTC or one that is no member with us, `busy` from one with enough links, `failed` when it could not open. */
  z.strictObject({ t: z.literal('decline'), id, why: z.enum(['never', 'busy', 'failed']) }),
]);
export type CallMessage = z.infer<typeof callMessage>;

/** Null for anything that is not a call of ours. */
export function parseCall(data: unknown): CallMessage | null {
  const result = z.safeParse(callMessage, data);
  return result.success ? result.data : null;
}

/** Null for what is not a signal of a data channel. */
export function parseRtcSignal(data: unknown): RtcSignal | null {
  const result = z.safeParse(rtcSignal, data);
  return result.success ? result.data : null;
}

/** What a peer without WebRTC answers to a call; null when nothing is to be answered. */
export function declineOf(data: unknown): CallMessage | null {
  const call = parseCall(data);
  return call?.t === 'call' && call.rtc.type === 'offer' ? { t: 'decline', id: call.id, why: 'never' } : null;
}

export function newCallId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(15)));
}
