/**
 * Runs forty federations of many kinds to their end: the rounds promised at founding and joining, done, on the card and in the report must
 * be equal, and no shown epsilon may exceed the agreed one. `npm run prove -- rounds:promise --policies 40 --seed TEXT`.
 */
import { parseArgs } from 'node:util';
import { POLICY_FLOOR } from '#protocol/device-policy';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { mechanismOf } from '#protocol/privacy/ledger/promise';
import { epsilonOfRounds } from '#protocol/privacy/round-curve';
import { loadNumerics } from '#wasm/load-node';
import { mean, round, verdict } from '../e2e/verdict.ts';
import { runCase, type Outcome } from './promise-run.ts';

const { values } = parseArgs({ options: { policies: { type: 'string', default: '40' }, seed: { type: 'string', default: 'promise' } } });
const policies = Number(values.policies);
const began = performance.now();
const numerics = loadNumerics();
const outcomes: Outcome[] = [];
for (let index = 0; index < policies; index++) {
  const outcome = await runCase(values.seed, index, numerics);
  outcomes.push(outcome);
  process.stdout.write(`${index + 1}. ${outcome.about}${outcome.wrong.map((what) => `\n   WRONG: ${what}`).join('')}\n`);
}
const members = outcomes.flatMap((outcome) => outcome.members);
const stayed = outcomes.filter(({ about }) => about.startsWith('stay')).flatMap((outcome) => outcome.members);
// Excess of noise over the deciding accountant's minimum, for all policies whose noise is above the floor.
const excess = outcomes.flatMap(({ body }) => (body.privacy.sigma > POLICY_FLOOR.sigmaMin ? [body.privacy.sigma / leastSigma(body)] : []));
const bytes = stayed.map(({ bytesPromised, bytesSent }) => bytesPromised / bytesSent);
const figures = {
  policies,
  asPromised: outcomes.filter(({ wrong }) => wrong.length === 0).length,
  members: members.length,
  rounds: members.reduce((sum, { run }) => sum + run, 0),
  mostEpsilonShownOfAgreed: round(Math.max(...members.map(({ epsilonShare }) => epsilonShare))),
  sigmaOverLeast: { mean: round(mean(excess), 5), most: round(Math.max(...excess), 5) },
  bytesPromisedOfSent: { least: round(Math.min(...bytes), 3), mean: round(mean(bytes), 3), most: round(Math.max(...bytes), 3) },
  seconds: round((performance.now() - began) / 1000, 0),
};
const pass =
  figures.asPromised === policies &&
  figures.mostEpsilonShownOfAgreed <= 1 &&
  figures.sigmaOverLeast.most <= 1.01 &&
  Math.min(...bytes) >= 0.9 &&
  Math.max(...bytes) <= 1.15;
verdict('rounds:promise', pass, figures, {
  asPromised: policies,
  mostEpsilonShownOfAgreed: 'at most 1',
  sigmaOverLeast: 'at most 1.01',
  bytesPromisedOfSent: '0.9 to 1.15',
});
process.exit();

/** By bisection only, independently of founding's search. */
function leastSigma(body: ManifestBody): number {
  const { delta, epsilon, rounds } = body.privacy;
  let [low, high] = [0.7 * body.privacy.sigma, 1.05 * body.privacy.sigma];
  while (high - low > 1e-4 * high) {
    const middle = (low + high) / 2;
    if (epsilonOfRounds({ ...mechanismOf(body), sigma: middle, rounds }, delta, epsilon) <= epsilon) high = middle;
    else low = middle;
  }
  return high;
}
