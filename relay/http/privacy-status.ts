/**
 * GET /privacy/status (E9): what each federation of this relay asks of a member's privacy, and how many rounds it has decided. All of it
 * is public anyway, in manifests and records. What single members have spent is not here: their ledgers stay on their devices.
 */
import type { FastifyInstance } from 'fastify';
import { MECHANISM, RELATION } from '#protocol/privacy/statement';
import type { AppDeps } from './app.ts';
import { errors, privacyStatus } from './schemas.ts';

export function privacyRoutes(app: FastifyInstance, { federations, store }: AppDeps): void {
  const schema = { summary: 'Privacy policies and decided rounds', tags: ['privacy'], response: { 200: privacyStatus, ...errors } };
  app.get('/privacy/status', { schema }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return Promise.all(
      federations.list().map(async ({ id, body: { name, privacy } }) => {
        const { unit, epsilon, delta, sigma, clip, rate, rounds } = privacy;
        const decided = (await store.head(id))?.round ?? 0;
        return { id, name, unit, relation: RELATION, mechanism: MECHANISM, epsilon, delta, sigma, clip, rate, rounds, decided };
      }),
    );
  });
}
