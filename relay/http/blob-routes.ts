/**
 * REST over content-addressed bytes: public test sets and model states. Anybody may read. A proven identity whose manifests are accepted
 * may write, up to its quota. The hash is the name, so a response never changes.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { BLOB_PART_BYTES, TEST_SET_BYTES_MAX } from '#protocol/limits';
import { BYTES, INVITATION_HEADER, PATHS } from '#protocol/rest';
import { checkBlobProof } from '../auth.ts';
import type { Store } from '../store/store.ts';
import { bodyBytes } from './answer-room.ts';
import type { AppDeps } from './app-deps.ts';
import { countedByAddress, identityCounter } from './request-limits.ts';
import { sendError } from './error-replies.ts';
import { binary, errors, hashParams, publishHeaders } from './schemas.ts';

/** One being read, one waiting, one being sent. */
const PARTS_UNDER_WAY = 3;

interface ByHash {
  Params: { hash: Hash };
  Body: Buffer;
}

export function blobRoutes(app: FastifyInstance, { store, federations, limits, clients, room }: AppDeps): void {
  const tags = ['blobs'];
  const countIdentity = identityCounter(app, limits.writes);

  app.get<ByHash>(
    `/${PATHS.blob(':hash')}`,
    {
      config: { rateLimit: countedByAddress(clients, limits.unchanging) },
      schema: {
        summary: 'Bytes by their SHA-256, or one range of them',
        tags,
        params: hashParams,
        response: { 200: binary(BYTES, 'the bytes'), 206: binary(BYTES, 'the bytes of the range'), ...errors },
      },
    },
    async ({ params: { hash }, headers }, reply) => {
      const etag = `"${hash}"`;
      const named = { 'cache-control': 'public, max-age=31536000, immutable', etag };
      if (headers['if-none-match'] === etag) return reply.headers(named).code(304).send();
      await room(reply, PARTS_UNDER_WAY * BLOB_PART_BYTES);
      const size = (await store.blobPart(hash, 0, 0))?.size;
      if (size === undefined) throw new MeshError('not-found', { field: 'hash', expected: 'a blob of this relay', got: hash });
      const range = rangeOf(headers, etag, size);
      if (range === 'outside') {
        const error = new MeshError('out-of-bound', { field: 'range', expected: `bytes below ${size}`, got: headers.range ?? '' });
        return sendError(reply.header('content-range', `bytes */${size}`), error, 416);
      }
      const { from, to } = range ?? { from: 0, to: size - 1 };
      if (range !== null) reply.code(206).header('content-range', `bytes ${from}-${to}/${size}`);
      reply.headers({ ...named, 'accept-ranges': 'bytes', 'content-length': to - from + 1 }).type(BYTES);
      return reply.send(Readable.from(piecesOf(store, hash, from, to + 1), { objectMode: false }));
    },
  );

  app.put<ByHash & { Headers: { [INVITATION_HEADER]?: string } }>(
    `/${PATHS.blob(':hash')}`,
    {
      bodyLimit: TEST_SET_BYTES_MAX,
      config: { rateLimit: countedByAddress(clients, limits.addressWrites) },
      schema: {
        summary: 'Publish bytes under their SHA-256',
        description:
          'Proof of identity: `Authorization: Mesh <peer id>.<signature>`, the signature over the body {t: "blob", hash}. ' +
          'A relay that is closed takes bytes from stewards of its federations, and from others with the code for their manifest.',
        tags,
        security: [{ mesh: [] }],
        consumes: [BYTES],
        params: hashParams,
        headers: publishHeaders,
        body: { content: { [BYTES]: { schema: {} } } },
        response: { 204: { description: 'Stored on disk', type: 'null' }, ...errors },
      },
      // Checked before the body is read: an unproven identity's megabytes are not worth receiving.
      preParsing: async (request, reply) => {
        request.provenPeer = await checkBlobProof(request.headers.authorization, request.params.hash);
        await countIdentity(request);
        await federations.admitBytes(request.provenPeer, request.headers[INVITATION_HEADER] ?? null);
        await room(reply, bodyBytes(request, TEST_SET_BYTES_MAX));
      },
    },
    async ({ params, body, provenPeer }, reply) => {
      if (provenPeer === null) throw new MeshError('signature-invalid', { field: 'authorization' });
      await store.putBlob(params.hash, provenPeer, Buffer.isBuffer(body) ? body : new Uint8Array(0), Date.now());
      return reply.code(204).send();
    },
  );
}

/** @param to exclusive end */
async function* piecesOf(store: Store, hash: Hash, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to;) {
    const part = await store.blobPart(hash, at, Math.min(BLOB_PART_BYTES, to - at));
    // Deleted in the meantime: the connection ends before the promised length.
    if (part === null || part.bytes.length === 0) throw new MeshError('not-found', { field: 'hash', got: hash });
    at += part.bytes.length;
    yield part.bytes;
  }
}

interface Range {
  readonly from: number;
  /** The last byte, inclusive. */
  readonly to: number;
}

/**
 * RFC 9110 14.1.2, one range of bytes.
 * @returns null for the whole: no range, something else than one range, or a range of other bytes (If-Range)
 */
function rangeOf({ range = '', 'if-range': condition }: IncomingHttpHeaders, etag: string, size: number): Range | 'outside' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range) ?? [];
  if (first === undefined || last === undefined || first + last === '') return null;
  if (condition !== undefined && condition !== etag) return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  return from >= size ? 'outside' : { from, to };
}
