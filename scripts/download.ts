/**
 * Fetches one file of known size and SHA-256 into memory. Only over https, with few redirects, and never more bytes than its size; any
 * difference is an error that names the address, the expected and the actual value.
 */
import { createHash } from 'node:crypto';

export interface Known {
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface DownloadLimits {
  readonly redirects: number;
  /** Time-out between two chunks. */
  readonly silenceMs: number;
  readonly totalMs: number;
  /** Allows plain http, for a test's server on 127.0.0.1. */
  readonly plainLoopback: boolean;
}

export const LIMITS: DownloadLimits = { redirects: 3, silenceMs: 30_000, totalMs: 600_000, plainLoopback: false };

/** Nobody answered: other addresses will probably not answer either. */
export class NoConnection extends Error {
  constructor(host: string, cause: Error) {
    super(`No connection to ${host} (${reasonOf(cause)}): connect this machine to the internet, then run \`npm run data\` again.`, {
      cause,
    });
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** @throws NoConnection, or an Error with the difference */
export async function download(known: Known, limits: DownloadLimits = LIMITS): Promise<Buffer> {
  const fault = (expected: string, got: string) => new Error(`${known.url}: expected ${expected}, got ${got}`);
  const stop = new AbortController();
  const total = setTimeout(() => stop.abort(fault(`an end within ${limits.totalMs} ms`, 'none')), limits.totalMs);
  const silence = setTimeout(() => stop.abort(fault(`a byte every ${limits.silenceMs} ms`, 'silence')), limits.silenceMs);
  try {
    const response = await follow(known.url, limits, stop.signal, fault);
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of response.body ?? []) {
      silence.refresh();
      length += piece.length;
      if (length > known.bytes) throw fault(`${known.bytes} bytes`, 'more');
      pieces.push(piece);
    }
    if (length < known.bytes) throw fault(`${known.bytes} bytes`, `${length}`);
    const bytes = Buffer.concat(pieces);
    const got = sha256Of(bytes);
    if (got !== known.sha256) throw fault(`SHA-256 ${known.sha256}`, got);
    return bytes;
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    // The connection broke in the middle, which fetch calls "terminated".
    if (error instanceof TypeError) throw fault(`${known.bytes} bytes`, `a broken connection (${reasonOf(error)})`);
    throw error;
  } finally {
    clearTimeout(total);
    clearTimeout(silence);
    stop.abort(); // an unread body would keep its connection open
  }
}

type Fault = (expected: string, got: string) => Error;

async function follow(start: string, limits: DownloadLimits, signal: AbortSignal, fault: Fault): Promise<Response> {
  let url = new URL(start);
  for (let hops = 0; ; hops++) {
    const plain = limits.plainLoopback && url.protocol === 'http:' && url.hostname === '127.0.0.1';
    if (url.protocol !== 'https:' && !plain) throw fault('https', url.protocol.slice(0, -1));
    const response = await ask(url, signal);
    const next = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || next === null) {
      if (response.status !== 200) throw fault('status 200', `${response.status}`);
      return response;
    }
    if (hops >= limits.redirects) throw fault(`at most ${limits.redirects} redirects`, 'one more');
    await response.body?.cancel();
    url = new URL(next, url);
  }
}

async function ask(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    // The raw bytes: fetch would unpack a transfer encoding.
    return await fetch(url, { redirect: 'manual', signal, headers: { 'accept-encoding': 'identity' } });
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    throw new NoConnection(url.host, error);
  }
}

function reasonOf({ cause, message }: Error): string {
  return (cause as { code?: string } | undefined)?.code ?? message;
}
