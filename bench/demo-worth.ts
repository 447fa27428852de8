/**
 * `npm run prove -- demo:worth`: the bundled federations, as shipped. Digits: is joining worth it if each member knows different digits?
 * Table: is the model better than the base rate, and are its probabilities calibrated?
 */
import { loadNumerics } from '#wasm/load-node';
import { verdictOf } from '#workers/lab/verdict';
import { mean, round, verdict } from '../e2e/verdict.ts';
import { alone, baseRateLoss, openDemo, together } from './demo-federation.ts';

const SEEDS = ['1', '2', '3', '4', '5'];
const GAIN = 0.2;
const ACCURACY = 0.9;
const LOSS_SHARE = 0.9;
const ECE = 0.05;

const say = (line: string) => process.stdout.write(`${line}\n`);
const numerics = await loadNumerics();

const digits = await openDemo('digits', 'Handwritten digits');
const runs = SEEDS.map((seed) => {
  const [{ accuracy, ece, errors }, rivals] = [together(numerics, digits, seed), alone(numerics, digits, seed)];
  const each = rivals.map((one) => 1 - mean([...one]));
  const bestAlone = Math.max(...each);
  const { better } = verdictOf(errors, rivals[each.indexOf(bestAlone)]!);
  say(`digits, seed ${seed}: together ${round(accuracy)}, ece ${round(ece)}, alone ${each.map((one) => round(one)).join(', ')}: ${better}`);
  return { accuracy, better, bestAlone, gain: accuracy - bestAlone };
});
const table = await openDemo('table', 'Late parcels');
const base = baseRateLoss(table);
const judged = SEEDS.map((seed) => {
  const { accuracy, loss, ece } = together(numerics, table, seed);
  say(`table, seed ${seed}: accuracy ${round(accuracy)}, log loss ${round(loss)} of ${round(base)}, ece ${round(ece)}`);
  return { accuracy, share: loss / base, ece };
});

const figures = {
  digits: {
    epsilon: digits.body.privacy.epsilon,
    rounds: digits.body.privacy.rounds,
    together: round(mean(runs.map((run) => run.accuracy))),
    togetherLeast: round(Math.min(...runs.map((run) => run.accuracy))),
    bestAlone: round(mean(runs.map((run) => run.bestAlone))),
    gain: round(mean(runs.map((run) => run.gain))),
    gainLeast: round(Math.min(...runs.map((run) => run.gain))),
    togetherIsBetter: runs.filter(({ better }) => better === 'mesh').length,
  },
  table: {
    epsilon: table.body.privacy.epsilon,
    rounds: table.body.privacy.rounds,
    accuracy: round(mean(judged.map((run) => run.accuracy))),
    baseRateLoss: round(base),
    lossShare: round(mean(judged.map((run) => run.share))),
    lossShareMost: round(Math.max(...judged.map((run) => run.share))),
    ece: round(mean(judged.map((run) => run.ece))),
    eceMost: round(Math.max(...judged.map((run) => run.ece))),
  },
};
const targets = {
  digits: { together: `>= ${ACCURACY}`, gain: `>= ${GAIN}`, togetherIsBetter: SEEDS.length },
  table: { lossShare: `<= ${LOSS_SHARE}`, ece: `<= ${ECE}` },
};
const worth = figures.digits.together >= ACCURACY && figures.digits.gain >= GAIN && figures.digits.togetherIsBetter === SEEDS.length;
const meant = figures.table.lossShare <= LOSS_SHARE && figures.table.ece <= ECE;
verdict('demo:worth', worth && meant, figures, targets);
