/** Attacks on the relay's HTTP side: refused or idle connections that stay open, forged addresses, damaged bytes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hashBytes, type Hash } from '#protocol/codec';
import { HTTP_WRITES_PER_ADDRESS_MINUTE_MAX } from '#protocol/limits';
import { proveBlob } from '#signaling/relay-signed';
import type { Arena } from './arena.ts';
import type { Attack } from './attack.ts';
import { request } from './request.ts';
import { newIdentity } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';

/** A connection whose client never closes it. */
async function stubborn(arena: Arena, url: string, says: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: ELSEWHERE, allowHalfOpen: true });
  arena.end(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(says);
  return socket;
}

async function publishBytes(url: string, bytes: Uint8Array): Promise<Hash> {
  const [identity, hash] = [await newIdentity(), hashBytes(bytes)];
  const headers = { 'content-type': 'application/octet-stream', authorization: await proveBlob(identity, hash) };
  const { status } = await request(`${url}/api/blobs/${hash}`, { method: 'PUT', body: bytes, headers });
  if (status !== 204) throw new Error(`the relay takes no bytes: ${status}`);
  return hash;
}

export const attacks: readonly Attack[] = [
  {
    name: 'refused-connections-stay',
    finding: 'what is no request is refused, half closed, and stays for as long as its other end likes',
    held: false,
    without: [
      {
        file: 'signaling/server/end-soon.ts',
        find: 'const timer = setTimeout(() => stream.destroy(), LAST_WORDS_MS);',
        put: 'const timer = setTimeout(() => {}, LAST_WORDS_MS);',
      },
    ],
    async run(arena) {
      const relay = await arena.relay();
      const before = relay.descriptors();
      for (let i = 0; i < 50; i++) await once(await stubborn(arena, relay.url, 'what is this\r\n\r\n'), 'data');
      const gone = await arena.comes(() => relay.descriptors() - before < 25, 6000);
      return { succeeded: !gone, evidence: { connections: 50, descriptorsMore: relay.descriptors() - before } };
    },
  },
  {
    name: 'idle-connections-lock-out',
    finding: 'idle connections of one address take every place, and nobody else is answered',
    held: false,
    without: [
      {
        file: 'relay/http/connections.ts',
        find: 'if (this.#evict(this.#idle, busiest) || this.#evict(this.#idle, null)) return true;',
        put: '',
      },
    ],
    async run(arena) {
      const { url } = await arena.relay({ args: ['--sockets', '64'] });
      for (let i = 0; i < 100; i++) (await stubborn(arena, url, '')).resume();
      const { status } = await request(`${url}/api/relay`).catch(() => ({ status: 0 }));
      return { succeeded: status !== 200, evidence: { idle: 100, places: 64, status } };
    },
  },
  {
    name: 'claimed-addresses',
    finding: 'X-Forwarded-For of a stranger: each request claims another address, and no limit holds',
    held: false,
    without: [
      {
        file: 'signaling/server/client-address.ts',
        find: 'const trusted = (address: string | undefined, hop: number) => address !== undefined && among(withoutZone(address), hop);',
        put: 'const trusted = (address: string | undefined, hop: number) => among !== undefined && address !== "" && hop === 0;',
      },
    ],
    async run(arena) {
      const { url } = await arena.relay();
      const headers = { 'content-type': 'application/octet-stream' };
      let status = 0;
      for (let i = 0; i <= HTTP_WRITES_PER_ADDRESS_MINUTE_MAX; i++) {
        const claim = { 'x-forwarded-for': `203.0.${i >> 8}.${i & 255}` };
        const options = { method: 'PUT', body: 'x', headers: { ...headers, ...claim }, address: ELSEWHERE };
        ({ status } = await request(`${url}/api/blobs/${'A'.repeat(43)}`, options));
      }
      return { succeeded: status !== 429, evidence: { requests: HTTP_WRITES_PER_ADDRESS_MINUTE_MAX + 1, lastStatus: status } };
    },
  },
  {
    name: 'damaged-bytes-served',
    finding: 'damaged blob content: wrong bytes are served as immutable',
    held: false,
    without: [
      { file: 'relay/store/sqlite-statements.ts', find: 'if (hashOf(bytes) === hash) return bytes;', put: 'if (bytes) return bytes;' },
    ],
    async run(arena) {
      const relay = await arena.relay();
      const bytes = new TextEncoder().encode('a public test set');
      const hash = await publishBytes(relay.url, bytes);
      await relay.stop();
      const database = new DatabaseSync(join(relay.data, 'relay.db'));
      database.prepare('UPDATE blobs SET bytes = ? WHERE hash = ?').run(new TextEncoder().encode('a PUBLIC test set'), hash);
      database.close();
      await relay.restart();
      const { status, body, headers } = await request(`${relay.url}/api/blobs/${hash}`);
      const wrong = status === 200 && hashBytes(new Uint8Array(body)) !== hash;
      return { succeeded: wrong, evidence: { status, cacheControl: headers['cache-control'] } };
    },
  },
];
