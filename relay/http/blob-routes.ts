/**
 * REST over content-addressed bytes: public test sets and model states. Anybody may read; an identity that proves itself may
 * write, up to its quota. The hash is the name, so an answer never changes.
 */
import type { FastifyInstance } from 'fastify';
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { TEST_SET_BYTES_MAX } from '#protocol/limits';
import { checkBlobProof } from '../auth.ts';
import type { AppDeps } from './app.ts';
import { countedByAddress, identityCounter } from './request-limits.ts';
import { binary, BYTES, errors, hashParams } from './schemas.ts';

interface ByHash {
  Params: { hash: Hash };
  Body: Buffer;
}

export function blobRoutes(app: FastifyInstance, { store, limits, clients }: AppDeps): void {
  const tags = ['blobs'];
  const countIdentity = identityCounter(app, limits.writes);

  app.get<ByHash>(
    '/blobs/:hash',
    {
      config: { rateLimit: countedByAddress(clients, limits.unchanging) },
      schema: { summary: 'Bytes by their SHA-256', tags, params: hashParams, response: { 200: binary(BYTES, 'the bytes'), ...errors } },
    },
    async ({ params }, reply) => {
      const bytes = await store.blob(params.hash);
      if (bytes === null) throw new MeshError('not-found', { field: 'hash', expected: 'a blob of this relay', got: params.hash });
      return reply.type(BYTES).header('cache-control', 'public, max-age=31536000, immutable').send(Buffer.from(bytes));
    },
  );

  app.put<ByHash>(
    '/blobs/:hash',
    {
      bodyLimit: TEST_SET_BYTES_MAX,
      config: { rateLimit: countedByAddress(clients, limits.addressWrites) },
      schema: {
        summary: 'Publish bytes under their SHA-256',
        description: 'Proof of identity: `Authorization: Mesh <peer id>.<signature>`, the signature over the body {t: "blob", hash}.',
        tags,
        security: [{ mesh: [] }],
        consumes: [BYTES],
        params: hashParams,
        body: { content: { [BYTES]: { schema: {} } } },
        response: { 204: { description: 'Kept, and on the disk', type: 'null' }, ...errors },
      },
      // Before the body is read: a stranger's megabytes are not worth receiving.
      preParsing: async (request) => {
        request.provenPeer = await checkBlobProof(request.headers.authorization, request.params.hash);
        await countIdentity(request);
      },
    },
    async ({ params, body, provenPeer }, reply) => {
      if (provenPeer === null) throw new MeshError('signature-invalid', { field: 'authorization' });
      await store.putBlob(params.hash, provenPeer, Buffer.isBuffer(body) ? body : new Uint8Array(0), Date.now());
      return reply.code(204).send();
    },
  );
}
