/**
 * REST over federations: the list as JSON; manifests as the deterministic CBOR that was signed, so that readers can check them without
 * trusting the relay. record-routes.ts serves their records.
 */
import type { FastifyInstance } from 'fastify';
import { encode, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { SIGNED_ENTRY_BYTES_MAX, SIGNED_MANIFEST_BYTES_MAX } from '#protocol/limits';
import type { Manifest } from '#protocol/manifest/manifest';
import { CBOR, INVITATION_HEADER, JSON_TYPE, PATHS, PUBLISHED, type FederationLine } from '#protocol/rest';
import { isDemo } from '../builtin.ts';
import type { StoredRecord } from '../store/store.ts';
import { damagedRemedy, modelsIn } from '../stored-records.ts';
import { bodyBytes } from './answer-room.ts';
import type { AppDeps } from './app-deps.ts';
import { compressed, sendCompressed, type Compressed } from './compressed.ts';
import { countedByAddress, identityCounter } from './request-limits.ts';
import { binary, created, errors, federations as federationList, idParams, publishHeaders, waiting } from './schemas.ts';

/** How old the list of federations may be, in milliseconds. */
const LIST_MS = 1000;
const BROTLI_FAST = 4;

export interface ById {
  Params: { id: Hash };
}

export function federationRoutes(app: FastifyInstance, deps: AppDeps): void {
  const tags = ['federations'];
  const list = listOf(deps);
  const countIdentity = identityCounter(app, deps.limits.writes);

  app.get(
    `/${PATHS.federations}`,
    { schema: { summary: 'Federations of this relay', tags, response: { 200: federationList, ...errors } } },
    async (_request, reply) => sendCompressed(reply.type(`${JSON_TYPE}; charset=utf-8`).header('cache-control', 'no-cache'), await list()),
  );

  app.get<ById>(
    `/${PATHS.federation(':id')}`,
    {
      config: { rateLimit: countedByAddress(deps.clients, deps.limits.unchanging) },
      schema: { summary: 'The signed manifest', tags, params: idParams, response: { 200: binary(CBOR, '{body, by, sig}'), ...errors } },
    },
    async ({ params }, reply) => {
      const { signed } = deps.federations.named(params.id);
      return reply
        .type(CBOR)
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(Buffer.from(encode(signed)));
    },
  );

  withdrawalRoutes(app, deps);

  app.post<{ Body: Buffer; Headers: { [INVITATION_HEADER]?: string } }>(
    `/${PATHS.federations}`,
    {
      bodyLimit: SIGNED_MANIFEST_BYTES_MAX,
      preParsing: async (request, reply) => deps.room(reply, bodyBytes(request, SIGNED_MANIFEST_BYTES_MAX)),
      config: { rateLimit: countedByAddress(deps.clients, deps.limits.addressWrites) },
      schema: {
        summary: 'Publish a manifest, signed by its steward',
        tags,
        consumes: [CBOR],
        body: { content: { [CBOR]: { schema: {} } } },
        headers: publishHeaders,
        response: {
          [PUBLISHED.again]: { ...created, description: 'It was published already' },
          [PUBLISHED.created]: created,
          [PUBLISHED.waits]: waiting,
          ...errors,
        },
      },
    },
    async (request, reply) => {
      const {
        manifest,
        created: isNew,
        waits,
      } = await deps.federations.publish(cborBody(request.body), {
        invitation: request.headers[INVITATION_HEADER] ?? null,
        address: deps.clients.of(request.raw),
        admit: async (steward) => {
          request.provenPeer = steward;
          await countIdentity(request);
        },
      });
      reply.header('location', deps.base + PATHS.federation(manifest.id));
      if (waits) return reply.code(PUBLISHED.waits).send({ id: manifest.id, waits: 'The host of this relay has to approve it first.' });
      return reply.code(isNew ? PUBLISHED.created : PUBLISHED.again).send({ id: manifest.id });
    },
  );
}

function withdrawalRoutes(app: FastifyInstance, { federations, limits, clients, room }: AppDeps): void {
  const tags = ['federations'];
  const config = { rateLimit: countedByAddress(clients, limits.addressWrites) };
  const entry = binary(CBOR, '{body, by, sig}');

  app.get<ById>(
    `/${PATHS.withdrawal(':id')}`,
    { schema: { summary: 'The signed withdrawal of a federation', tags, params: idParams, response: { 200: entry, ...errors } } },
    async ({ params }, reply) => {
      const withdrawal = federations.withdrawal(params.id);
      if (withdrawal === null)
        throw new MeshError('not-found', { field: 'withdrawal', expected: 'an ended federation', got: 'one that still runs' });
      return reply.type(CBOR).send(Buffer.from(withdrawal));
    },
  );

  app.post<ById & { Body: Buffer }>(
    `/${PATHS.withdrawal(':id')}`,
    {
      bodyLimit: SIGNED_ENTRY_BYTES_MAX,
      preParsing: async (request, reply) => room(reply, bodyBytes(request, SIGNED_ENTRY_BYTES_MAX)),
      config,
      schema: {
        summary: 'End a federation for good, signed by its steward',
        tags,
        params: idParams,
        consumes: [CBOR],
        body: { content: { [CBOR]: { schema: {} } } },
        response: { 200: { ...created, description: 'It has ended, now or before' }, ...errors },
      },
    },
    async ({ params, body }) => {
      await federations.withdraw(params.id, cborBody(body));
      return { id: params.id };
    },
  );
}

/** @throws MeshError frame-malformed */
function cborBody(body: unknown): Uint8Array {
  if (Buffer.isBuffer(body)) return new Uint8Array(body);
  throw new MeshError('frame-malformed', { field: 'body', expected: CBOR, got: 'nothing' });
}

/** One list serves all requests within a moment while its entries stay the same, because it reads every federation's last record. */
function listOf(deps: AppDeps): () => Promise<Compressed> {
  let made: { readonly at: number; readonly on: string; readonly list: Promise<Compressed> } | null = null;
  /** Records that the log has named. */
  const named = new Set<Hash>();
  const leaveOut = (federation: Hash, { id, round }: StoredRecord) => {
    if (named.has(id)) return null;
    named.add(id);
    deps.log.error({ federation, round, remedy: damagedRemedy(federation) }, 'federation left out of the list: its last record is damaged');
    return null;
  };
  const make = async () => {
    const summaries = await Promise.all(deps.federations.list().map((manifest) => summaryOf(manifest, deps, leaveOut)));
    const shown = summaries.filter((summary) => summary !== null).sort((a, b) => Number(b.demo) - Number(a.demo));
    return compressed(JSON.stringify(shown), BROTLI_FAST);
  };
  return async () => {
    const now = performance.now();
    const on = deps.federations
      .list()
      .map(({ id }) => id)
      .join();
    if (made === null || made.on !== on || now - made.at > LIST_MS) made = { at: now, on, list: make() };
    const mine = made;
    return mine.list.catch((error: unknown) => {
      if (made === mine) made = null;
      throw error;
    });
  };
}

/** @param damaged reports a federation whose last record is damaged; its seat continues, and the next record relists it */
async function summaryOf(
  { id, body }: Manifest,
  { store, live, base, relay }: AppDeps,
  damaged: (fed: Hash, head: StoredRecord) => null,
): Promise<FederationLine | null> {
  const head = await store.head(id);
  const models = head === null ? 0 : modelsIn(head);
  if (models === null) return damaged(id, head!);
  return {
    id,
    name: body.name,
    steward: body.steward,
    description: body.description,
    region: body.region,
    unit: body.privacy.unit,
    epsilon: body.privacy.epsilon,
    delta: body.privacy.delta,
    rounds: body.privacy.rounds,
    minContributors: body.rounds.minContributors,
    members: live.members(id),
    round: head?.round ?? 0,
    models,
    manifest: base + PATHS.federation(id),
    demo: isDemo(body, relay.id),
  };
}
