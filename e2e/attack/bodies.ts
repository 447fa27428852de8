/** Attacks by HTTP bodies: wrong, too deep, too long, ambiguous, or somebody else's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode as cborEncode, rfc8949EncodeOptions } from 'cborg';
import { hashBytes } from '#protocol/codec';
import { signBody } from '#protocol/identity';
import { proveBlob } from '#signaling/relay-signed';
import type { Arena } from './arena.ts';
import type { Attack } from './attack.ts';
import { relayId, smallManifest } from './federation.ts';
import { dial, request, type Reply } from './request.ts';
import { newIdentity } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';
const MB = 1024 * 1024;
const LIMITED = 'bodyLimit: SIGNED_MANIFEST_BYTES_MAX';

/** The bytes of a valid signed manifest, before any change. */
async function manifestBytes(arena: Arena): Promise<Uint8Array> {
  const { url } = await arena.relay();
  const steward = await newIdentity();
  return cborEncode(await signBody(steward, smallManifest(steward.id, await relayId(url))), rfc8949EncodeOptions);
}

async function post(arena: Arena, body: Uint8Array): Promise<Reply> {
  const { url } = await arena.relay();
  return request(`${url}/api/federations`, { method: 'POST', headers: { 'content-type': 'application/cbor' }, body, address: ELSEWHERE });
}

/** How many bytes of a body the relay reads before it stops reading or answers. */
async function swallowed(arena: Arena, head: string, chunked: boolean, most: number): Promise<number> {
  const { url } = await arena.relay();
  const socket = await dial(url, ELSEWHERE);
  const end = new AbortController();
  for (const event of ['data', 'close', 'error'] as const) socket.on(event, () => end.abort());
  socket.write(head);
  const piece = Buffer.alloc(64 * 1024, 1);
  let sent = 0;
  while (sent < most && !end.signal.aborted) {
    if (chunked) socket.write(`${piece.length.toString(16)}\r\n`);
    const flushed = socket.write(piece);
    if (chunked) socket.write('\r\n');
    if (!flushed) await arena.comes(() => end.signal.aborted || socket.writableLength === 0, 5000);
    if (socket.writableLength > 0) break;
    sent += piece.length;
  }
  socket.destroy();
  return sent;
}

/** Requests that a proxy may read as one and the relay as two. */
const hidden = 'GET /api/relay?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
const start = (headers: string) => `POST /api/nothing HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`;
const SMUGGLED: readonly string[] = [
  `${start(`Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked`)}0\r\n\r\n${hidden}`,
  `${start(`Transfer-Encoding: chunked\r\nContent-Length: ${hidden.length + 5}`)}0\r\n\r\n${hidden}`,
  `${start(`Transfer-Encoding : chunked\r\nContent-Length: ${hidden.length + 5}`)}0\r\n\r\n${hidden}`,
  `${start(`Transfer-Encoding: chunked\r\nTransfer-Encoding: identity`)}0\r\n\r\n${hidden}`,
  `${start(`Content-Length: 0\r\nContent-Length: ${hidden.length}`)}${hidden}`,
  `${start(`X: y\r\n Content-Length: ${hidden.length}`)}${hidden}`,
  `POST /api/nothing HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\nContent-Length: ${hidden.length + 5}\n\n0\r\n\r\n${hidden}`,
  `${start(`Content-Length: +0`)}${hidden}`,
];

const OUTSIDE: readonly string[] = [
  '/../package.json',
  '/../../package.json',
  '/assets/../../../package.json',
  '/%2e%2e/%2e%2e/package.json',
  '/..%2f..%2fpackage.json',
  '/assets/..%5c..%5cpackage.json',
  '/%252e%252e/package.json',
  '/....//....//package.json',
  '//etc/passwd',
  '/etc/passwd',
  '/assets/%00/../../../package.json',
];

export const attacks: readonly Attack[] = [
  {
    name: 'bytes-after-the-body',
    finding: 'malformed bodies: something behind a signed manifest, so that two bodies are one',
    held: true,
    without: [
      {
        file: 'protocol/codec.ts',
        find: "  if (at !== bytes.length) throw malformed('bytes after the item');\n",
        put: '',
      },
      {
        file: 'protocol/codec.ts',
        find: 'value = cborDecode(bytes, DECODE_OPTIONS);',
        put: 'value = cborDecode(bytes.subarray(0, lengthOf(bytes)), DECODE_OPTIONS);',
      },
      { file: 'protocol/codec.ts', find: '  if (!equalBytes(again, bytes)) throw', put: '  if (again.length > bytes.length) throw' },
      {
        file: 'protocol/codec.ts',
        find: 'export function equalBytes',
        put: 'function lengthOf(b: Uint8Array): number { for (let n = b.length; n > 0; n--) { try { cborDecode(b.subarray(0, n), DECODE_OPTIONS); return n; } catch { /* shorter */ } } return 0; }\nexport function equalBytes',
      },
    ],
    async run(arena) {
      const good = await manifestBytes(arena);
      const { status } = await post(arena, Buffer.concat([good, Buffer.of(0)]));
      return { succeeded: status === 201, evidence: { status } };
    },
  },
  {
    name: 'deep-body',
    finding: 'deep bodies: arrays in arrays until the parser’s stack ends',
    held: true,
    without: [
      {
        file: 'protocol/codec.ts',
        find: 'if (open.length >= CBOR_DEPTH_MAX) throw malformed(`nesting deeper than ${CBOR_DEPTH_MAX}`);',
        put: '',
      },
      {
        file: 'protocol/codec.ts',
        find: "throw new MeshError('frame-malformed', { expected: 'deterministic CBOR' }, cause);",
        put: 'throw cause;',
      },
    ],
    async run(arena) {
      const { status } = await post(arena, Buffer.concat([Buffer.alloc(60_000, 0x81), Buffer.of(0)]));
      return { succeeded: status >= 500, evidence: { status } };
    },
  },
  {
    name: 'key-twice',
    finding: 'duplicate-key bodies: one value for those who check and another for those who use it',
    held: true,
    without: [
      { file: 'protocol/codec.ts', find: 'rejectDuplicateMapKeys: true', put: 'rejectDuplicateMapKeys: false' },
      {
        file: 'protocol/codec.ts',
        find: "if (!equalBytes(again, bytes)) throw new MeshError('not-canonical', { expected: 'RFC 8949 4.2 encoding' });",
        put: '',
      },
    ],
    async run(arena) {
      const good = Buffer.from(await manifestBytes(arena));
      // A map of three becomes one of four that repeats its first key.
      const second = Buffer.concat([Buffer.from('627279', 'hex'), Buffer.from('00', 'hex')]);
      const twice = Buffer.concat([Buffer.of(good[0]! + 1), second, good.subarray(1)]);
      const { status, body } = await post(arena, twice);
      return { succeeded: status === 201, evidence: { status, answer: body.toString().slice(0, 80) } };
    },
  },
  {
    name: 'oversized-body',
    finding: 'oversized bodies: 48 MB where a manifest may have 64 kB',
    held: true,
    without: [{ file: 'relay/http/federation-routes.ts', find: LIMITED, put: 'bodyLimit: 2 ** 30' }],
    async run(arena) {
      const size = 48 * MB;
      const head = `POST /api/federations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/cbor\r\nContent-Length: ${size}\r\n\r\n`;
      const sent = await swallowed(arena, head, false, size);
      return { succeeded: sent >= size / 2, evidence: { megabytesRead: sent / MB } };
    },
  },
  {
    name: 'endless-body',
    finding: 'endless bodies: chunks without end',
    held: true,
    without: [{ file: 'relay/http/federation-routes.ts', find: LIMITED, put: 'bodyLimit: 2 ** 30' }],
    async run(arena) {
      const head =
        'POST /api/federations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/cbor\r\nTransfer-Encoding: chunked\r\n\r\n';
      const sent = await swallowed(arena, head, true, 48 * MB);
      return { succeeded: sent >= 24 * MB, evidence: { megabytesRead: sent / MB } };
    },
  },
  {
    name: 'path-traversal',
    finding: '11 path traversals',
    held: true,
    without: [{ file: 'relay/http/page.ts', find: 'root: directory,', put: "root: '/'," }],
    async run(arena) {
      const { url, data } = await arena.relay();
      const secrets = ['root:', '"sovereign-mesh"', 'PRIVATE KEY', readFileSync(join(data, 'relay.key.pem'), 'utf8').slice(40, 80)];
      const leaked: string[] = [];
      for (const path of [...OUTSIDE, join(data, 'relay.key.pem')]) {
        const socket = await dial(url, ELSEWHERE);
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.on('error', () => {});
        socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        await arena.comes(() => socket.closed, 5000);
        socket.destroy();
        if (secrets.some((secret) => text.includes(secret))) leaked.push(path);
      }
      return { succeeded: leaked.length > 0, evidence: { tried: OUTSIDE.length, leaked: leaked.length } };
    },
  },
  {
    name: 'request-smuggling',
    finding: '8 smuggling forms',
    held: true,
    without: [
      {
        file: 'relay/http/connections.ts',
        find: 'headersTimeout: Math.min(limits.headersMs, HTTP_REQUEST_MS),',
        put: 'insecureHTTPParser: true,',
      },
      {
        file: 'relay/http/connections.ts',
        find: 'if (address === undefined) {\n      socket.destroy();\n      return false;\n    }',
        put: 'if (address === undefined) return true;',
      },
    ],
    async run(arena) {
      const { url } = await arena.relay();
      const through: number[] = [];
      for (const [form, text] of SMUGGLED.entries()) {
        const socket = await dial(url, ELSEWHERE);
        let answer = '';
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
        socket.on('error', () => {});
        socket.write(text);
        await arena.comes(() => socket.closed || answer.includes('"region"'), 1000);
        socket.destroy();
        if (answer.includes('"region"')) through.push(form);
      }
      // A request without a length has no body: proxy and relay agree that the next bytes are the next request.
      return { succeeded: through.length > 0, evidence: { forms: SMUGGLED.length, through } };
    },
  },
  {
    name: 'blob-poisoning',
    finding: 'blob poisoning: other bytes under the hash of a test set',
    held: true,
    without: [
      {
        file: 'relay/store/sqlite-statements.ts',
        find: '      checkHash(hash, bytes);\n      if (seenAgain(now, hash) !== undefined)',
        put: '      if (seenAgain(now, hash) !== undefined)',
      },
      { file: 'relay/store/sqlite-statements.ts', find: 'if (hashOf(bytes) === hash) return bytes;', put: 'return bytes;' },
    ],
    async run(arena) {
      const { url } = await arena.relay();
      const attacker = await newIdentity();
      const hash = hashBytes(Buffer.from(`wanted ${attacker.id}`));
      const headers = { authorization: await proveBlob(attacker, hash), 'content-type': 'application/octet-stream' };
      const { status } = await request(`${url}/api/blobs/${hash}`, { method: 'PUT', headers, body: 'poison', address: ELSEWHERE });
      const got = await request(`${url}/api/blobs/${hash}`);
      return { succeeded: got.body.toString() === 'poison', evidence: { status } };
    },
  },
];
