/**
 * `npm run prove -- privacy:vectors`: our accountants against published values. The last line has the number of comparisons and lists
 * failed ones. Needs ../shared/vectors/rdp.json, and fails without it.
 */
import { readFile } from 'node:fs/promises';
import { sigmaByRenyi } from '#protocol/privacy/calibration';
import { pldDelta, pldEpsilon } from '#protocol/privacy/pld';
import { epsilonOf, toEpsilon } from '#protocol/privacy/rdp';
import { continuousEpsilon, continuousRdp, SPEC_ORDERS } from '#protocol/privacy/rdp-fractional';
import { round, verdict } from '../e2e/verdict.ts';

interface Best {
  readonly eps: number;
  readonly order: number;
  readonly at_edge: boolean;
}
interface Vectors {
  readonly meta: {
    readonly seed_orders: number[];
    readonly opacus_default_orders: number[];
    readonly dp_accounting_default_orders: number[];
  };
  readonly single_step_rdp: readonly { q: number; sigma: number; orders: readonly { order: number; rdp: number }[] }[];
  readonly epsilon: readonly {
    q: number;
    sigma: number;
    steps: number;
    delta: number;
    seed: Best;
    opacus: Best;
    dp_accounting: Best;
    pld_fft: { eps: number };
  }[];
}

/** Microsoft's PRV table as in Opacus' tests: [sigma, q, steps, upper bound on epsilon] at delta 1e-6. */
const PRV: readonly (readonly [number, number, number, number])[] = [
  [0.8, 0.001, 100, 0.270403],
  [1.5, 0.001, 100, 0.0393694],
  [2, 0.001, 100, 0.0291045],
  [3, 0.001, 100, 0.0215201],
  [0.8, 0.05, 100, 6.741052],
  [1.5, 0.05, 100, 1.953853],
  [2, 0.05, 100, 1.283637],
  [3, 0.05, 100, 0.767934],
  [0.8, 0.2, 100, 24.333664],
  [1.5, 0.2, 100, 8.498978],
  [2, 0.2, 100, 5.672056],
  [3, 0.2, 100, 3.381221],
  [0.8, 0.001, 1000, 0.477771],
  [1.5, 0.001, 1000, 0.0998207],
  [2, 0.001, 1000, 0.0712188],
  [3, 0.001, 1000, 0.0476159],
  [0.8, 0.05, 1000, 19.525843],
  [1.5, 0.05, 1000, 6.209969],
  [2, 0.05, 1000, 4.1728],
  [3, 0.05, 1000, 2.527574],
  [0.8, 0.001, 20000, 1.296009],
  [1.5, 0.001, 20000, 0.437005],
  [2, 0.001, 20000, 0.305838],
  [3, 0.001, 20000, 0.194031],
  [1.5, 0.05, 20000, 38.306618],
  [2, 0.05, 20000, 24.421719],
  [3, 0.05, 20000, 13.961115],
  [0.8, 0.001, 50000, 2.034515],
  [1.5, 0.001, 50000, 0.704218],
  [2, 0.001, 50000, 0.491355],
];

const groups: Record<string, { checked: number; worst: number; failed: string[] }> = {};

/** Records one comparison: `off` must be at most `allowed`. */
function check(group: string, what: string, off: number, allowed: number): void {
  const found = (groups[group] ??= { checked: 0, worst: 0, failed: [] });
  found.checked++;
  found.worst = Math.max(found.worst, off);
  if (!(off <= allowed)) found.failed.push(`${what}: off by ${off.toExponential(3)}`);
}

function rdpEpsilon(orders: readonly number[], phases: readonly (readonly [q: number, sigma: number, steps: number])[], delta: number) {
  return continuousEpsilon(
    phases.map(([rate, sigma, rounds]) => ({ rate, sigma, rounds })),
    delta,
    orders,
  );
}

function vectorTables(vectors: Vectors): void {
  for (const { q, sigma, orders } of vectors.single_step_rdp) {
    for (const { order, rdp } of orders) {
      const kind = Number.isInteger(order) ? 'rdpInteger' : 'rdpFractional';
      check(
        kind,
        `q ${q} sigma ${sigma} order ${order}`,
        Math.abs(continuousRdp(order, q, sigma) / rdp - 1),
        kind === 'rdpInteger' ? 1e-9 : 1e-8,
      );
    }
  }
  const lists = { seed: 'seed_orders', opacus: 'opacus_default_orders', dp_accounting: 'dp_accounting_default_orders' } as const;
  for (const row of vectors.epsilon) {
    for (const [list, name] of Object.entries(lists) as ['seed' | 'opacus' | 'dp_accounting', keyof Vectors['meta']][]) {
      const found = rdpEpsilon(vectors.meta[name], [[row.q, row.sigma, row.steps]], row.delta);
      check('epsilon', `${list} q ${row.q} sigma ${row.sigma} steps ${row.steps}`, Math.abs(found.epsilon - row[list].eps), 1e-6);
    }
    specTable(row);
  }
}

/** The product's list of orders: epsilon, the best order, and whether it is at an edge must match the table; ours must not be worse. */
function specTable({ q: rate, sigma, steps: rounds, delta, seed }: Vectors['epsilon'][number]): void {
  const what = `q ${rate} sigma ${sigma} steps ${rounds}`;
  const phase = { rate, sigma, rounds };
  const found = continuousEpsilon([phase], delta, SPEC_ORDERS);
  check('specTable', what, Math.abs(found.epsilon - seed.eps), 1e-6);
  check('specTable', `${what} order`, found.order === seed.order && found.atEdge === seed.at_edge ? 0 : Infinity, 0);
  check('unitedOrders', what, Math.max(0, continuousEpsilon([phase], delta).epsilon - found.epsilon), 0);
}

/** Rows of reference/privacy.md 1.3, by their number. */
function knownAnswers(orders: Vectors['meta']): void {
  const near = (row: number, got: number, expected: number, allowed: number) =>
    check('rows', `row ${row}`, Math.abs(got - expected), allowed);
  const opacus = orders.opacus_default_orders;
  const wide = [...orders.seed_orders, ...orders.dp_accounting_default_orders];
  near(1, rdpEpsilon(opacus, [[0.04, 1.5, 2250]], 1e-5).epsilon, 7.32911117143, 5e-8);
  const two = Array.from({ length: 31 }, (_, i) => i + 2);
  near(
    2,
    rdpEpsilon(
      two,
      [
        [1e-5, 1, 10],
        [1e-4, 3, 4],
      ],
      1e-5,
    ).epsilon,
    0.336,
    5e-4,
  );
  const sigma = smallest((s) => rdpEpsilon(opacus, [[0.04, s, 2250]], 1e-5).epsilon <= 8);
  near(3, sigma, 1.416, 5e-4);
  near(9, rdpEpsilon(wide, [[150 / 60000, 1.3, 6000]], 1e-5).epsilon, 0.7242234026109595, 5e-8);
  near(10, rdpEpsilon(wide, [[1e-3, 1, 30000]], 1e-7).epsilon, 1.4154988495444842, 5e-8);
  near(12, rdpEpsilon(wide, [[1, 0.7, 2]], 1e-5).epsilon, 10.8602036, 5e-8);
  const thousandths = Array.from({ length: 60_000 }, (_, i) => 1.001 + i / 1000);
  near(26, rdpEpsilon(thousandths, [[1, 4.530877117, 1]], 1e-6).epsilon, 1, 5e-8);
  near(
    27,
    toEpsilon(
      two,
      two.map(() => 1.1),
      1e-5,
    ).epsilon,
    1.32783806176,
    5e-8,
  );
  const logA: readonly (readonly [number, number, number, number])[] = [
    [1e-7, 0.1, 1.01, 4.003412e-8],
    [1e-6, 0.1, 256, 3260463.229297],
    [1e-5, 0.1, 256.1, 3263607.039788],
    [1e-6, 1, 27, 8.769511305e-10],
    [1e-4, 1, 1.5, 6.44268695e-9],
    [1e-3, 1, 2, 1.718280352e-6],
    [0.01, 10, 20, 1.912969991e-4],
    [0.1, 100, 20.5, 1.999181846e-4],
    [0.99, 0.1, 256, 3263997.427114],
    [0.999, 100, 256.1, 3.260108038],
  ];
  for (const [q, s, order, expected] of logA) {
    const got = continuousRdp(order, q, s) * (order - 1);
    check('rows', `row 28 order ${order}`, Number.isFinite(got) ? Math.abs(got - expected) / expected : Infinity, 1e-6);
  }
  for (const order of [1.1, 1.25, 1.5]) {
    const got = continuousRdp(order, 0.1, 1);
    check('rows', `row 30 order ${order}`, Number.isFinite(got) && got > 0 ? 0 : Infinity, 0);
  }
  const ours = sigmaByRenyi({ epsilon: 1, delta: 1e-5, rate: 0.4, rounds: 30 });
  check('neverOvershoots', 'a calibrated sigma', epsilonOf([{ rate: 0.4, sigma: ours, rounds: 30 }], 1e-5).epsilon <= 1 ? 0 : Infinity, 0);
}

function smallest(holds: (sigma: number) => boolean): number {
  let [low, high] = [0.3, 10];
  while (high - low > 1e-5) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function lossDistributions(vectors: Vectors): { rdp: number; pld: number }[] {
  const pld = (q: number, sigma: number, rounds: number, delta: number) => pldEpsilon([{ rate: q, sigma, rounds }], delta);
  const rows: readonly (readonly [row: number, q: number, sigma: number, steps: number, delta: number, expected: number])[] = [
    [18, 0.01, 0.7, 120, 1e-5, 2.4612381],
    [21, 64 / 10_000, 1, 782, 1e-6, 1.199],
    [33, 0.01, 0.67379294682, 1, 1e-5, 1],
    [34, 0.001, 3.20956502598 / 6, 25, 1e-5, 1],
  ];
  for (const [row, q, sigma, steps, delta, expected] of rows) {
    const { epsilon, error } = pld(q, sigma, steps, delta);
    check('pldRows', `row ${row}`, Math.abs(epsilon - expected), 1e-3 + error);
  }
  check('pldRows', 'row 31', Math.abs(pldDelta([{ rate: 1, sigma: Math.sqrt(3), rounds: 3 }], 1) - 0.126936), 1e-3);
  check('pldRows', 'row 32', Math.abs(pldDelta([{ rate: 0.2, sigma: 0.5, rounds: 3 }], 1) - 0.15594), 1e-3);
  for (const [sigma, q, steps, upper] of PRV) {
    const { epsilon, error } = pld(q, sigma, steps, 1e-6);
    check('prvTable', `sigma ${sigma} q ${q} steps ${steps}`, epsilon <= upper ? upper - epsilon : Infinity, 0.012);
    check('statedError', `sigma ${sigma} q ${q} steps ${steps}`, error, 0.002);
  }
  return vectors.epsilon.map(({ q, sigma, steps, delta, opacus, pld_fft }) => {
    const { epsilon, error } = pld(q, sigma, steps, delta);
    check('pldTable', `q ${q} sigma ${sigma} steps ${steps}`, Math.abs(epsilon - pld_fft.eps), 1e-3 + error);
    return { rdp: opacus.eps, pld: epsilon };
  });
}

const targets = { rdpInteger: 1e-9, rdpFractional: 1e-8, epsilon: 1e-6, pld: 1e-3, statedError: 0.002, prvWithin: 0.012, failed: 0 };
const text = await readFile(new URL('../../shared/vectors/rdp.json', import.meta.url), 'utf8').catch(() => null);
if (text === null) {
  const reason = 'This needs the published values, ../shared/vectors/rdp.json, which this project does not carry.';
  process.stderr.write(`${reason}\n`);
  verdict('privacy:vectors', false, { reason }, targets);
} else {
  const vectors = JSON.parse(text) as Vectors;
  vectorTables(vectors);
  knownAnswers(vectors.meta);
  const saved = lossDistributions(vectors).map(({ rdp, pld }) => 1 - pld / rdp);
  const failed = Object.values(groups).flatMap((group) => group.failed);
  for (const line of failed) process.stdout.write(`${line}\n`);
  const counts = Object.fromEntries(
    Object.entries(groups).map(([name, { checked, worst }]) => [name, { checked, worst: Number(worst.toPrecision(3)) }]),
  );
  saved.sort((a, b) => a - b);
  const epsilonSavedByPld = { median: round(saved[saved.length >> 1]!), most: round(saved.at(-1)!), settings: saved.length };
  verdict('privacy:vectors', failed.length === 0, { ...counts, epsilonSavedByPld, failed: failed.length }, targets);
}
