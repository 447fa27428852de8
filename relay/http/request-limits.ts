/**
 * How many requests a network address and an identity may make. Limits per address are generous, because a whole class may share one; a
 * proven identity has its own. The page's files and immutable responses do not count. Bytes are bounded where they are sent.
 */
import type { RateLimitOptions } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import {
  HTTP_REQUESTS_PER_MINUTE_MAX,
  HTTP_UNCHANGING_PER_MINUTE_MAX,
  HTTP_WRITES_PER_ADDRESS_MINUTE_MAX,
  HTTP_WRITES_PER_IDENTITY_MINUTE_MAX,
} from '#protocol/limits';
import type { ClientAddresses } from '#signaling/server/client-address';

declare module 'fastify' {
  interface FastifyRequest {
    /** The identity proven for this request. */
    provenPeer: PeerId | null;
  }
}

export interface RequestLimit {
  readonly max: number;
  /** Milliseconds. */
  readonly timeWindow: number;
}

export interface RequestLimits {
  /** Per address, for responses generated each time. */
  readonly requests: RequestLimit;
  /** Per address, for files of the page, blobs and manifests, each counted separately. */
  readonly unchanging: RequestLimit;
  /** Per identity. */
  readonly writes: RequestLimit;
  /** Per address, for writes before their identity is proven. */
  readonly addressWrites: RequestLimit;
  /** Event-loop delay in milliseconds, averaged over an equally long time, beyond which new requests are refused. */
  readonly stallMs: number;
}

const aMinute = (max: number): RequestLimit => ({ max, timeWindow: 60_000 });

export const REQUEST_LIMITS: RequestLimits = {
  requests: aMinute(HTTP_REQUESTS_PER_MINUTE_MAX),
  unchanging: aMinute(HTTP_UNCHANGING_PER_MINUTE_MAX),
  writes: aMinute(HTTP_WRITES_PER_IDENTITY_MINUTE_MAX),
  addressWrites: aMinute(HTTP_WRITES_PER_ADDRESS_MINUTE_MAX),
  stallMs: 3000,
};

/** Options of @fastify/rate-limit. */
export function countedByAddress(clients: ClientAddresses, limit: RequestLimit): RateLimitOptions {
  return {
    ...limit,
    keyGenerator: ({ raw }: FastifyRequest) => clients.of(raw),
    errorResponseBuilder: (_request, { max, ttl }) => tooMany('requests', max, ttl),
  };
}

/**
 * Counts a request towards the identity that it proved.
 * @throws MeshError rate-limited; signature-invalid if it proved none
 */
export function identityCounter(app: FastifyInstance, limit: RequestLimit): (request: FastifyRequest) => Promise<PeerId> {
  const count = app.createRateLimit({ ...limit, keyGenerator: ({ provenPeer }: FastifyRequest) => provenPeer ?? '' });
  return async (request) => {
    if (request.provenPeer === null) throw new MeshError('signature-invalid', { field: 'authorization' });
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany('writes of one identity', counted.max, counted.ttl);
    return request.provenPeer;
  };
}

function tooMany(field: string, max: number, ttlMs: number): MeshError {
  return new MeshError('rate-limited', { field, expected: `at most ${max}, again in ${Math.ceil(ttlMs / 1000)} s` });
}
