/** REST over certified records, as the deterministic CBOR that was signed: the last one, and pages of them in their order. */
import type { FastifyInstance } from 'fastify';
import { MeshError } from '#protocol/errors';
import { RECORDS_ANSWER_BYTES_MAX } from '#protocol/limits';
import type { AppDeps } from './app.ts';
import { federationOf, type ById } from './federation-routes.ts';
import { binary, CBOR, errors, idParams, recordsQuery } from './schemas.ts';

interface Records extends ById {
  Querystring: { from: number; limit: number };
}

export function recordRoutes(app: FastifyInstance, { store, federations, room }: AppDeps): void {
  const tags = ['federations'];
  app.get<ById>(
    '/federations/:id/head',
    {
      schema: {
        summary: 'The last certified record',
        tags,
        params: idParams,
        response: { 200: binary(CBOR, 'CertifiedRecord'), ...errors },
      },
    },
    async ({ params }, reply) => {
      await room(reply, RECORDS_ANSWER_BYTES_MAX);
      const head = await store.head(federationOf(federations, params.id).id);
      if (head === null) throw new MeshError('not-found', { field: 'head', expected: 'a decided round', got: 'none yet' });
      return reply.type(CBOR).send(Buffer.from(head.bytes));
    },
  );

  app.get<Records>(
    '/federations/:id/records',
    {
      schema: {
        summary: 'Certified records in the order of (epoch, round)',
        tags,
        params: idParams,
        querystring: recordsQuery,
        response: { 200: binary(CBOR, 'an array of CertifiedRecord'), ...errors },
      },
    },
    async ({ params, query }, reply) => {
      const { id } = federationOf(federations, params.id);
      await room(reply, RECORDS_ANSWER_BYTES_MAX);
      const records = await store.records(id, query.from, query.limit, RECORDS_ANSWER_BYTES_MAX);
      return reply.type(CBOR).send(Buffer.concat([arrayHead(records.length), ...records.map(({ bytes }) => bytes)]));
    },
  );
}

/** Head of a CBOR array (RFC 8949 3.1) of fewer than 256 items; each stored record is one whole item already. */
function arrayHead(length: number): Uint8Array {
  return length < 24 ? Uint8Array.of(0x80 | length) : Uint8Array.of(0x98, length);
}
