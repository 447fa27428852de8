/**
 * REST over certified records, as the deterministic CBOR that was signed: the last one, and pages of them in order. A federation's position
 * is also available as JSON, from the store's columns, so that nobody decodes a certificate to get a number.
 */
import type { FastifyInstance } from 'fastify';
import { MeshError } from '#protocol/errors';
import { RECORDS_ANSWER_BYTES_MAX } from '#protocol/limits';
import { CBOR, JSON_TYPE, PATHS, recordsQuery, type Head } from '#protocol/rest';
import type { AppDeps } from './app-deps.ts';
import type { ById } from './federation-routes.ts';
import { binary, errors, head, idParams } from './schemas.ts';

interface Records extends ById {
  Querystring: { from: number; limit: number };
}

export function recordRoutes(app: FastifyInstance, { store, federations, room }: AppDeps): void {
  const tags = ['federations'];
  app.get<ById>(
    `/${PATHS.head(':id')}`,
    {
      schema: {
        summary: 'The last certified record',
        tags,
        params: idParams,
        response: { 200: head, ...errors },
      },
    },
    async ({ params, headers }, reply) => {
      const { id } = federations.named(params.id);
      reply.header('vary', 'accept');
      if (headers.accept?.includes(JSON_TYPE) === true) {
        const place = decided(await store.place(id));
        return reply.type(JSON_TYPE).send(place satisfies Head);
      }
      await room(reply, RECORDS_ANSWER_BYTES_MAX);
      return reply.type(CBOR).send(Buffer.from(decided(await store.head(id)).bytes));
    },
  );

  app.get<Records>(
    `/${PATHS.records(':id')}`,
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
      const { id } = federations.named(params.id);
      await room(reply, RECORDS_ANSWER_BYTES_MAX);
      const records = await store.records(id, query.from, query.limit, RECORDS_ANSWER_BYTES_MAX);
      return reply.type(CBOR).send(Buffer.concat([arrayHead(records.length), ...records.map(({ bytes }) => bytes)]));
    },
  );
}

function decided<T>(last: T | null): T {
  if (last === null) throw new MeshError('not-found', { field: 'head', expected: 'a decided round', got: 'none yet' });
  return last;
}

/** Head of a CBOR array (RFC 8949 3.1) of fewer than 256 items; each stored record is one whole item already. */
function arrayHead(length: number): Uint8Array {
  return length < 24 ? Uint8Array.of(0x80 | length) : Uint8Array.of(0x98, length);
}
