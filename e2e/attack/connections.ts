/** Attacks by HTTP connections that never send a complete request, or send requests and never read. */
import { hashBytes } from '#protocol/codec';
import { TEST_SET_BYTES_MAX } from '#protocol/limits';
import { proveBlob } from '#signaling/relay-signed';
import type { Attack } from './attack.ts';
import { dial, request } from './request.ts';
import { newIdentity } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';

export const attacks: readonly Attack[] = [
  {
    name: 'slow-loris',
    finding: 'slow-loris that never closes: after 408 was sent, 1,500 descriptors still open',
    held: false,
    without: [
      {
        file: 'relay/http/connections.ts',
        find: 'headersTimeout: Math.min(limits.headersMs, HTTP_REQUEST_MS),',
        put: 'headersTimeout: 0,',
      },
      { file: 'relay/http/connections.ts', find: '      requestTimeout: HTTP_REQUEST_MS,', put: '      requestTimeout: 0,' },
      { file: 'relay/http/connections.ts', find: 'server.setTimeout(limits.stallMs);', put: 'server.setTimeout(0);' },
      { file: 'relay/http/connections.ts', find: 'mine >= this.#limits.connectionsPerAddress', put: 'mine < 0' },
    ],
    async run(arena) {
      const relay = await arena.relay();
      const before = relay.descriptors();
      const sockets = await Promise.all(Array.from({ length: 300 }, () => dial(relay.url, ELSEWHERE)));
      for (const socket of sockets) {
        socket.on('error', () => {});
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
        socket.pause(); // and never answers a close
      }
      arena.end(() => sockets.forEach((socket) => socket.destroy()));
      const drip = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write('x')), 1000);
      arena.end(() => clearInterval(drip));
      const freed = await arena.comes(() => relay.descriptors() < before + 30, 45_000);
      return { succeeded: !freed, evidence: { before, after: relay.descriptors() } };
    },
  },
  {
    name: 'pipelined-and-unread',
    finding: 'pipelined GETs of a 2 MB blob, unread: 42 kB sent, memory 186 → 1,725 MB',
    held: false,
    without: [
      {
        file: 'relay/http/connections.ts',
        find: 'if (address === undefined) {\n      socket.destroy();\n      return false;\n    }',
        put: 'if (address === undefined) return true;',
      },
      {
        file: 'relay/http/blob-routes.ts',
        find: 'await room(reply, PARTS_UNDER_WAY * BLOB_PART_BYTES);',
        put: 'const whole = await store.blob(hash);\n      if (whole !== null) return reply.type(BYTES).send(Buffer.from(whole));',
      },
    ],
    async run(arena) {
      const relay = await arena.relay();
      const owner = await newIdentity();
      const bytes = crypto.getRandomValues(new Uint8Array(65_536));
      const blob = new Uint8Array(TEST_SET_BYTES_MAX);
      for (let at = 0; at < blob.length; at += bytes.length) blob.set(bytes, at);
      const hash = hashBytes(blob);
      const headers = { authorization: await proveBlob(owner, hash), 'content-type': 'application/octet-stream' };
      const { status } = await request(`${relay.url}/api/blobs/${hash}`, { method: 'PUT', headers, body: blob });
      const before = relay.memory().peak;
      const ask = `GET /api/blobs/${hash} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const sockets = await Promise.all(Array.from({ length: 8 }, () => dial(relay.url, ELSEWHERE)));
      for (const socket of sockets) {
        socket.on('error', () => {});
        socket.pause();
        socket.write(ask.repeat(100));
      }
      arena.end(() => sockets.forEach((socket) => socket.destroy()));
      await arena.sleep(6000);
      const grown = relay.memory().peak - before;
      return { succeeded: grown > 200, evidence: { status, grownMB: Math.round(grown) } };
    },
  },
];
