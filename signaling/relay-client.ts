/**
 * The client of a relay's REST interface (protocol/rest.ts), for pages, workers, headless peers and tests. A relay is a stranger: responses
 * are bounded while they stream, time out, and have their JSON shapes checked. Callers check what is signed or named by its hash. Every
 * call throws a MeshError: the relay's refusal; unreachable if nobody answers or a response breaks off; frame-too-large; frame-malformed.
 * Calls with CBOR or signatures are in relay-signed.ts, because the page's first view needs this file but not the codec. The socket is
 * client.ts.
 */
import type { Hash } from '#protocol/codec';
import { ERRORS, MeshError, type ErrorCode } from '#protocol/errors';
import { checked, type Shape } from '#protocol/json-shape';
import { HTTP_ANSWER_MS, JSON_ANSWER_BYTES_MAX, SAMPLE_BYTES_MAX, SIGNED_MANIFEST_BYTES_MAX } from '#protocol/limits';
import { federationsShape, headShape, JSON_TYPE, PATHS, relayShape, type FederationLine, type Head, type RelayInfo } from '#protocol/rest';
import { relayUrl } from './relay-url.ts';

export interface Asking {
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
  /** 'reload': from the relay, whatever is kept on this device. */
  readonly cache?: RequestCache;
  /** Milliseconds until the first byte of an answer; a minute, as work that nobody watches has. */
  readonly answerMs?: number;
}

const ANSWER_MS = 60_000;
/** Between two parts of an answer. */
export const PART_MS = 20_000;
/** Bytes of a refusal that are read. */
const REFUSAL_BYTES_MAX = 16 * 1024;
const SAMPLE_NAME = /^[a-z0-9-]{1,64}\.csv$/;

export function fetchRelay(relay: string, asking?: Asking): Promise<RelayInfo> {
  return json(relay, PATHS.relay, relayShape, asking);
}

export function fetchFederations(relay: string, asking?: Asking): Promise<readonly FederationLine[]> {
  return json(relay, PATHS.federations, federationsShape, asking);
}

/** The last decided round. @throws MeshError not-found before there is one */
export function fetchHead(relay: string, federation: Hash, asking?: Asking): Promise<Head> {
  return json(relay, PATHS.head(federation), headShape, asking);
}

/** Deterministic CBOR of {body, by, sig}. */
export function fetchManifest(relay: string, id: Hash, asking?: Asking): Promise<Uint8Array<ArrayBuffer>> {
  return bytes(relay, PATHS.federation(id), SIGNED_MANIFEST_BYTES_MAX, asking);
}

export function fetchBlob(relay: string, hash: Hash, maxBytes: number, asking?: Asking): Promise<Uint8Array<ArrayBuffer>> {
  return bytes(relay, PATHS.blob(hash), maxBytes, { cache: 'default', ...asking });
}

/** One of the sample files that are served with the page. @throws MeshError also not-found for a name that cannot be one */
export async function fetchSample(relay: string, name: string, asking?: Asking): Promise<Blob> {
  if (!SAMPLE_NAME.test(name)) throw new MeshError('not-found', { field: 'sample', got: name });
  return new Blob([await bytes(relay, PATHS.sample(name), SAMPLE_BYTES_MAX, asking)]);
}

async function json<T>(relay: string, path: string, shape: Shape<T>, asking?: Asking): Promise<T> {
  const answer = await ask(relay, path, { headers: { accept: JSON_TYPE } }, asking, (response, more) =>
    textOf(response, JSON_ANSWER_BYTES_MAX, more),
  );
  return checked(shape, parsed(answer), path);
}

export function bytes(relay: string, path: string, maxBytes: number, asking?: Asking): Promise<Uint8Array<ArrayBuffer>> {
  return ask(relay, path, {}, asking, (response, more) => bytesOf(response, maxBytes, more));
}

/** @param read ends before this does: nothing is waited for once the call is over; `more` says that a part came */
export async function ask<T>(
  relay: string,
  path: string,
  request: RequestInit,
  { signal, cache = 'no-store', answerMs = ANSWER_MS }: Asking = {},
  read: (response: Response, more: () => void) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const giveUpIn = (ms: number) => setTimeout(() => late.abort(new DOMException('nobody answered', 'TimeoutError')), ms);
  const whole = giveUpIn(HTTP_ANSWER_MS);
  let timer = giveUpIn(answerMs);
  const more = () => {
    clearTimeout(timer);
    timer = giveUpIn(PART_MS);
  };
  try {
    const given = AbortSignal.any([late.signal, ...(signal === undefined ? [] : [signal])]);
    const response = await fetch(relayUrl(relay, path), { cache, ...request, signal: given });
    more();
    if (!response.ok) throw await refusal(response, relay, more);
    return await read(response, more);
  } catch (error) {
    throw error instanceof MeshError ? error : unreachable(relay, error);
  } finally {
    clearTimeout(timer);
    clearTimeout(whole);
  }
}

const unreachable = (relay: string, cause?: unknown) =>
  new MeshError('unreachable', { field: 'relay', expected: `an answer from ${relay}` }, cause);

/** A relay's refusal names a code; a proxy's does not, and a gateway without a relay behind it means that nobody answered. */
async function refusal(response: Response, relay: string, more: () => void): Promise<MeshError> {
  const reply = parsed(await textOf(response, REFUSAL_BYTES_MAX, more).catch(() => '')) as Readonly<Record<string, unknown>> | null;
  const part = (name: string) => (typeof reply?.[name] === 'string' ? { [name]: reply[name] } : {});
  const code = reply?.['code'];
  if (typeof code === 'string' && Object.hasOwn(ERRORS, code)) {
    return new MeshError(code as ErrorCode, { ...part('field'), ...part('expected'), ...part('got') });
  }
  if (response.status >= 502 && response.status <= 504) return unreachable(relay);
  return new MeshError(response.status === 404 ? 'not-found' : 'internal', { got: `HTTP ${response.status}` });
}

/** Null for what is no JSON. */
export function parsed(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return null;
  }
}

export async function textOf(response: Response, maxBytes: number, more: () => void): Promise<string> {
  return new TextDecoder().decode(await bytesOf(response, maxBytes, more));
}

async function bytesOf(response: Response, maxBytes: number, more: () => void): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  // A reader, since not every browser can iterate over a stream.
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    more();
    length += value.length;
    if (length > maxBytes) {
      void reader?.cancel().catch(() => {});
      throw new MeshError('frame-too-large', { field: 'answer', expected: `at most ${maxBytes} bytes` });
    }
    parts.push(value as Uint8Array<ArrayBuffer>);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
