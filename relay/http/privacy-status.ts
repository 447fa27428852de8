/**
 * GET /privacy/status (E9): each federation's privacy terms, how many rounds it has decided and, from ten people on, what their updates in
 * its models have cost. All of it follows from manifests and records, which are public anyway. What a device's rows have paid in total is
 * not included: ledgers stay on devices.
 */
import type { FastifyInstance } from 'fastify';
import { MECHANISM, ADJACENCY } from '#protocol/privacy/ledger/statement';
import { PATHS } from '#protocol/rest';
import { spentHere, type Contributions } from '../contributions.ts';
import type { PriceOf } from '../prices.ts';
import type { AppDeps } from './app-deps.ts';
import { errors, privacyStatus } from './schemas.ts';

export function privacyRoutes(app: FastifyInstance, { federations, store }: AppDeps, contributions: Contributions, price: PriceOf): void {
  const schema = { summary: 'Privacy policies and decided rounds', tags: ['privacy'], response: { 200: privacyStatus, ...errors } };
  app.get(`/${PATHS.privacyStatus}`, { schema }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return Promise.all(
      federations.list().map(async ({ id, body }) => {
        const { name, privacy } = body;
        const { unit, epsilon, delta, sigma, clip, rate, rounds } = privacy;
        const decided = (await store.place(id))?.round ?? 0;
        const spent = spentHere(privacy, await contributions.of(id), (n) => price({ id, body }, n));
        return { id, name, unit, relation: ADJACENCY, mechanism: MECHANISM, epsilon, delta, sigma, clip, rate, rounds, decided, spent };
      }),
    );
  });
}
