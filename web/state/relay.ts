/**
 * The page's requests to its relay: signaling/relay-client.ts with shorter time-outs, because a person is waiting, and results instead of
 * exceptions.
 */
import type { Hash } from '#protocol/codec';
import type { FederationLine, RelayInfo } from '#protocol/rest';
import * as client from '#signaling/relay-client';
import { servedFrom } from '#signaling/relay-url';
import type { Result } from '#workers/api';
import { resultOf, type Shown } from './problem.ts';

/** Time-out for the first byte of a response. */
export const ANSWER_MS = 8000;

/** The address of the relay that serves this page, with a trailing slash. */
export const relayAddress = servedFrom;

/** The same as a path: where the page's own addresses begin. */
export const pageBase = (): string => new URL(servedFrom()).pathname;

export function fetchFederations(signal?: AbortSignal): Promise<Result<readonly FederationLine[], Shown>> {
  return resultOf(client.fetchFederations(relayAddress(), { signal, answerMs: ANSWER_MS }));
}

/**
 * Bytes of a signed manifest, not checked in any way.
 * @param cache 'reload': from the relay, ignoring copies on this device
 */
export function fetchManifestBytes(id: Hash, signal?: AbortSignal, cache: RequestCache = 'no-store'): Promise<Result<Uint8Array, Shown>> {
  return resultOf(client.fetchManifest(relayAddress(), id, { signal, cache, answerMs: ANSWER_MS }));
}

export function fetchBlob(hash: Hash, maxBytes: number, signal?: AbortSignal): Promise<Result<Uint8Array<ArrayBuffer>, Shown>> {
  return resultOf(client.fetchBlob(relayAddress(), hash, maxBytes, { signal, answerMs: ANSWER_MS }));
}

/** The relay's identity, for founders who make it a seat. */
export function fetchRelay(): Promise<Result<RelayInfo, Shown>> {
  return resultOf(client.fetchRelay(relayAddress(), { answerMs: ANSWER_MS }));
}
