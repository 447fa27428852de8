/**
 * The page without its relay: the built files from this device, and what never changes under its address (a signed manifest by its id, a
 * blob by its hash). Everything else goes to the network untouched: no round, vote or record passes through here. A new version waits until
 * a person asks for it. A blob is cached only if it matches its hash; callers check cached data all the same, as if a relay had sent it,
 * and `cache: 'reload'` asks the relay again. Built into service-worker.js beside index.html by vite.config.ts, which fills in the list of
 * files (Service Workers, W3C; self-contained, no chunks).
 */
import { OFFLINE_BYTES_MAX, OFFLINE_ENTRIES_MAX, TEST_SET_BYTES_MAX } from '#protocol/limits';
import { CBOR, UNCHANGING } from '#protocol/rest';

declare const __FILES__: readonly string[];
declare const __BUILD__: string;

/** The part of ServiceWorkerGlobalScope that is used; TypeScript has it in another library than the page's. */
interface WaitingEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends WaitingEvent {
  readonly request: Request;
  respondWith(reply: Promise<Response>): void;
}
interface Scope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: WaitingEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
const scope = self as unknown as Scope;

/** Where the page is: this file stands beside its index.html. Another relay of the same host name may stand beside it. */
const BASE = new URL('.', scope.location.href).pathname;
const PAGE_PREFIX = `page-${BASE}-`;
const PAGE = PAGE_PREFIX + __BUILD__;
const IMMUTABLE = 'immutable-1';
const FILES: ReadonlySet<string> = new Set(__FILES__);
/** Addresses of the page's own router; a probe or a file that a person opens is the relay's. */
const PAGE_ADDRESS = /^(|new|demo|models|help|f\/.+)$/;
/** So many of the largest answers fit: up to here nothing is dropped, and their order does not matter. */
const ROOMY_ENTRIES = Math.floor(OFFLINE_BYTES_MAX / TEST_SET_BYTES_MAX);

scope.addEventListener('install', (event) => {
  const fill = async () => {
    const cache = await caches.open(PAGE);
    // Past the browser's cache: only files under assets/ have their content in their name.
    await cache.addAll(__FILES__.map((file) => new Request(BASE + file, { cache: file.startsWith('assets/') ? 'default' : 'reload' })));
  };
  event.waitUntil(fill());
});

scope.addEventListener('activate', (event) => {
  const settle = async () => {
    // The build before stays one turn longer: another tab that still shows it has not loaded all of its parts.
    const older = (await caches.keys()).filter((name) => name.startsWith(PAGE_PREFIX) && name !== PAGE);
    for (const name of older.slice(0, -1)) await caches.delete(name);
    await scope.clients.claim();
  };
  event.waitUntil(settle());
});

scope.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void scope.skipWaiting();
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== scope.location.origin || !pathname.startsWith(BASE)) return;
  const path = pathname.slice(BASE.length);
  if (request.mode === 'navigate' && PAGE_ADDRESS.test(path)) event.respondWith(fromPage(BASE, request));
  else if (FILES.has(path)) event.respondWith(fromPage(pathname, request));
  else if (path.startsWith('assets/')) event.respondWith(fromBefore(pathname, request));
  else if (UNCHANGING.test(path)) event.respondWith(fromImmutable(pathname, request, event));
});

async function fromPage(path: string, request: Request): Promise<Response> {
  return (await (await caches.open(PAGE)).match(path)) ?? fetch(request);
}

async function fromBefore(path: string, request: Request): Promise<Response> {
  return (await caches.match(path)) ?? fetch(request);
}

async function fromImmutable(path: string, request: Request, event: Fetching): Promise<Response> {
  const cache = await caches.open(IMMUTABLE);
  const known = request.cache === 'reload' ? undefined : await cache.match(path);
  if (known !== undefined) {
    event.waitUntil(noteUse(cache, path, known.clone()));
    return known;
  }
  const reply = await fetch(request);
  if (reply.status === 200) event.waitUntil(keepNew(cache, path, reply.clone()));
  return reply;
}

/** The ones that are used are dropped last; where none has to be, none is written again. */
async function noteUse(cache: Cache, path: string, reply: Response): Promise<void> {
  if ((await cache.keys()).length > ROOMY_ENTRIES) await keep(cache, path, reply);
}

/** Whether an answer may be kept for ever: a blob has the hash that is its name; a manifest is checked by the page, but no error page is one. */
async function isWhatItSays(path: string, reply: Response, body: Blob): Promise<boolean> {
  const [, kind, name] = UNCHANGING.exec(path.slice(BASE.length))!;
  if (kind === 'federations') return reply.headers.get('content-type')?.startsWith(CBOR) === true;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await body.arrayBuffer()));
  return (
    btoa(String.fromCharCode(...hash))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace('=', '') === name
  );
}

/** With its size written down, which a relay behind a proxy may not have said. */
async function keepNew(cache: Cache, path: string, reply: Response): Promise<void> {
  if (sizeOf(reply) > TEST_SET_BYTES_MAX) return reply.body?.cancel();
  const body = await reply.blob();
  if (body.size > TEST_SET_BYTES_MAX || !(await isWhatItSays(path, reply, body))) return;
  const headers = new Headers(reply.headers);
  headers.delete('content-encoding');
  headers.set('content-length', String(body.size));
  await keep(cache, path, new Response(body, { headers }));
}

/** One after another: two at once would both count what is there before either has written. */
let turn: Promise<unknown> = Promise.resolve();

function keep(cache: Cache, path: string, reply: Response): Promise<unknown> {
  turn = turn.then(() => put(cache, path, reply)).catch(() => {}); // a full disk costs the copy, not the answer
  return turn;
}

async function put(cache: Cache, path: string, reply: Response): Promise<void> {
  const others = (await cache.keys()).filter(({ url }) => new URL(url).pathname !== path);
  const entries = await Promise.all(others.map(async (key) => ({ key, bytes: sizeOf((await cache.match(key)) ?? new Response()) })));
  let total = entries.reduce((sum, { bytes }) => sum + bytes, sizeOf(reply));
  for (let left = entries.length; entries.length > 0 && (left >= OFFLINE_ENTRIES_MAX || total > OFFLINE_BYTES_MAX); left--) {
    const { key, bytes } = entries.shift()!; // oldest first
    await cache.delete(key);
    total -= bytes;
  }
  await cache.put(path, reply); // over the one that was there: at no moment is there none
}

function sizeOf(reply: Response): number {
  return Number(reply.headers.get('content-length') ?? 0);
}
