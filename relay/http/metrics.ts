/**
 * GET /metrics for Prometheus (A8, E10): the relay's figures at the moment of the request. No label is ever a peer id or a name that a
 * stranger chose, except a federation's region.
 */
import type { FastifyInstance } from 'fastify';
import type { Contributions } from '../contributions.ts';
import type { PriceOf } from '../prices.ts';
import type { AppDeps } from './app-deps.ts';
import { exposition, EXPOSITION, type Metric, type Sample } from './exposition.ts';
import { errors, metricsText } from './schemas.ts';

export function metricsRoutes(app: FastifyInstance, deps: AppDeps, contributions: Contributions, price: PriceOf): void {
  const schema = { summary: 'Figures for Prometheus', tags: ['probes'], response: { 200: metricsText, ...errors } };
  app.get('/metrics', { schema }, async (_request, reply) => {
    reply.header('cache-control', 'no-store').type(EXPOSITION);
    return exposition([...relayMetrics(deps), ...(await federationMetrics(deps, contributions, price))]);
  });
}

function relayMetrics({ live }: AppDeps): Metric[] {
  const { user, system } = process.cpuUsage();
  const sockets = live.sockets();
  const one = (name: string, type: Metric['type'], help: string, value: number): Metric => ({ name, type, help, samples: [{ value }] });
  return [
    one('sovereignmap_mesh_connected', 'gauge', 'Peers connected to this relay.', live.nodes()),
    one('sovereignmap_waiting_bytes', 'gauge', 'Bytes queued in memory for peers.', sockets.bytes),
    {
      name: 'sovereignmap_sockets_refused_total',
      type: 'counter',
      help: 'Sockets that gave way to others, found no place, did not read what was queued, or sent bad messages.',
      samples: [
        { labels: { why: 'gave-way' }, value: sockets.gaveWay },
        { labels: { why: 'no-place' }, value: sockets.refused },
        { labels: { why: 'slow' }, value: sockets.slow },
        { labels: { why: 'blamed' }, value: sockets.blamed },
      ],
    },
    one('process_cpu_seconds_total', 'counter', 'User and system time of this process in seconds.', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', 'Memory of this process in bytes.', process.memoryUsage.rss()),
    one(
      'process_start_time_seconds',
      'gauge',
      'When this process started, in seconds since the epoch.',
      Date.now() / 1000 - process.uptime(),
    ),
  ];
}

async function federationMetrics({ federations, store, live }: AppDeps, contributions: Contributions, price: PriceOf): Promise<Metric[]> {
  const decided: Sample[] = [];
  const active: Sample[] = [];
  const spent: Sample[] = [];
  const budget: Sample[] = [];
  for (const { id, body } of federations.list()) {
    const labels = { federation: id, region: body.region };
    const members = await contributions.of(id);
    decided.push({ labels, value: (await store.place(id))?.round ?? 0 });
    active.push({ labels, value: live.members(id) });
    if (members !== null) {
      const most = [...members.values()].reduce((a, b) => Math.max(a, b), 0);
      const value = price({ id, body }, most);
      if (value !== null) spent.push({ labels, value });
    }
    budget.push({ labels, value: body.privacy.epsilon });
  }
  return [
    { name: 'sovereignmap_fl_rounds_total', type: 'counter', help: 'Decided rounds, including skips.', samples: decided },
    { name: 'sovereignmap_active_clients', type: 'gauge', help: 'Peers in the federation’s room on this relay.', samples: active },
    {
      name: 'sovereignmap_privacy_epsilon_spent',
      type: 'gauge',
      help: 'Epsilon of the member with the most updates in models, by the federation’s own settings, as devices count it. Absent until it is computed, and if a record is damaged.',
      samples: spent,
    },
    { name: 'sovereignmap_privacy_epsilon_budget', type: 'gauge', help: 'Epsilon that a member may spend there.', samples: budget },
  ];
}
