/**
 * The relay's REST interface as the page reads it. Replies are untrusted: shapes are checked, errors become Shown.
 * Not the socket: that one lives in the peer worker.
 */
import type { Hash } from '#protocol/codec';
import type { ErrorDetail } from '#protocol/errors';
import { relayUrl, servedFrom } from '#signaling/relay-url';
import { PART_MS, patience } from './patience.ts';
import { failed, isErrorCode, UNREACHABLE, type Outcome, type Shown } from './problem.ts';

/** One line of the list of federations. What the relay did not say is null. */
export interface FederationLine {
  readonly id: Hash;
  readonly name: string;
  readonly description: string;
  readonly people: number | null;
  /** Models that were made, of so many rounds. */
  readonly models: number | null;
  readonly rounds: number | null;
  readonly unit: string | null;
  /** The digits that the relay brings along for first visitors. */
  readonly demo: boolean;
}

/** The address of the relay that serves this page, with a slash at its end. */
export const relayAddress = servedFrom;

/** The same as a path: where the page's own addresses begin. */
export const pageBase = (): string => new URL(servedFrom()).pathname;

export async function fetchFederations(signal?: AbortSignal): Promise<Outcome<readonly FederationLine[]>> {
  const text = await askText('api/federations', signal);
  if (!text.ok) return text;
  try {
    return { ok: true, value: parseList(JSON.parse(text.value)) };
  } catch (error) {
    return failed(error);
  }
}

/**
 * Bytes of a signed manifest (deterministic CBOR of {body, by, sig}); not yet checked in any way.
 * @param cache 'reload': from the relay, whatever is kept on this device
 */
export async function fetchManifestBytes(
  id: string,
  signal?: AbortSignal,
  cache: RequestCache = 'no-store',
): Promise<Outcome<Uint8Array<ArrayBuffer>>> {
  const reply = await ask(`api/federations/${encodeURIComponent(id)}`, 'application/cbor', signal, cache);
  if (!reply.ok) return reply;
  try {
    return { ok: true, value: new Uint8Array(await reply.value.arrayBuffer()) };
  } catch {
    return { ok: false, error: UNREACHABLE };
  }
}

/** Who the relay is, for those who make it a seat. */
export interface RelayName {
  readonly id: string;
  readonly region: string;
  /** Its host has to approve a federation, or to invite it. */
  readonly asksHost: boolean;
  /** What others open, with a slash at its end; null where the relay does not know. */
  readonly address: string | null;
}

export async function fetchRelay(signal?: AbortSignal): Promise<Outcome<RelayName>> {
  const text = await askText('api/relay', signal);
  if (!text.ok) return text;
  try {
    const { id, region, publish, address } = JSON.parse(text.value) as Record<string, unknown>;
    if (typeof id !== 'string' || typeof region !== 'string') throw new TypeError('expected an id and a region');
    return {
      ok: true,
      value: { id, region, asksHost: publish === 'approve' || publish === 'closed', address: publicAddress(address) },
    };
  } catch (error) {
    return failed(error);
  }
}

/** Links and QR codes begin with it, so nothing else than an address over https does. */
function publicAddress(address: unknown): string | null {
  if (typeof address !== 'string' || !URL.canParse(address)) return null;
  const { protocol, username, password, search, hash, href, pathname } = new URL(address);
  return protocol === 'https:' && `${username}${password}${search}${hash}` === '' && pathname.endsWith('/') ? href : null;
}

/** An answer that breaks off on its way is none. */
async function askText(path: string, signal: AbortSignal | undefined): Promise<Outcome<string>> {
  const reply = await ask(path, 'application/json', signal);
  if (!reply.ok) return reply;
  try {
    return { ok: true, value: await reply.value.text() };
  } catch {
    return { ok: false, error: UNREACHABLE };
  }
}

async function ask(
  path: string,
  accept: string,
  signal: AbortSignal | undefined,
  cache: RequestCache = 'no-store',
): Promise<Outcome<Response>> {
  let reply: Response;
  const wait = patience(signal);
  try {
    reply = await fetch(relayUrl(relayAddress(), path), { headers: { accept }, cache, signal: wait.signal });
    wait.more(PART_MS); // its body is short; once that is read, nothing is left to give up
  } catch {
    wait.end();
    return { ok: false, error: UNREACHABLE };
  }
  return reply.ok ? { ok: true, value: reply } : { ok: false, error: await refusal(reply) };
}

/** A relay's error reply names a code; a proxy's does not, and a gateway without a relay behind it means nobody answered. */
async function refusal(reply: Response): Promise<Shown> {
  const body = (await reply.json().catch(() => null)) as Record<string, unknown> | null;
  const text = (name: string) => (typeof body?.[name] === 'string' ? { [name]: body[name] } : {});
  const detail: ErrorDetail = { ...text('field'), ...text('expected'), ...text('got') };
  if (isErrorCode(body?.['code'])) return { code: body['code'], detail };
  if (reply.status === 404) return { code: 'not-found', detail: {} };
  if (reply.status >= 502 && reply.status <= 504) return UNREACHABLE;
  return { code: 'internal', detail: { got: `HTTP ${reply.status}` } };
}

function parseList(reply: unknown): readonly FederationLine[] {
  const list = Array.isArray(reply) ? reply : (reply as { federations?: unknown } | null)?.federations;
  if (!Array.isArray(list)) throw new TypeError('expected a list of federations');
  return list.map((item: Record<string, unknown>) => {
    const number = (name: string) => (typeof item[name] === 'number' ? item[name] : null);
    if (typeof item['id'] !== 'string' || typeof item['name'] !== 'string') throw new TypeError('expected a federation with id and name');
    return {
      id: item['id'] as Hash,
      name: item['name'],
      description: typeof item['description'] === 'string' ? item['description'] : '',
      people: number('members'),
      models: number('models'),
      rounds: number('rounds'),
      unit: typeof item['unit'] === 'string' ? item['unit'] : null,
      demo: item['demo'] === true,
    };
  });
}
