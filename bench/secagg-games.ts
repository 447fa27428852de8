/**
 * A malicious leader, the seat that certifies for it and c members against honest members' real machines, as seeded games; then lying
 * members against an honest leader's; then the mutants that the oracles must catch. Over a toy group and vectors of eight words: what is
 * judged is who learns what, not ciphers. Auditors and several seats are no part of these games.
 */
import { parseArgs } from 'node:util';
import { verdict } from '../e2e/verdict.ts';
import { Game, MUTANTS, type Mutant } from '#protocol/secagg/testing/games';
import { playLiars } from '#protocol/secagg/testing/liars';

const { values } = parseArgs({ options: { games: { type: 'string', default: '10000' }, first: { type: 'string', default: '1' } } });
const games = Number(values.games);
const first = Number(values.first);
if (!Number.isSafeInteger(games) || games < 1 || !Number.isSafeInteger(first)) {
  process.stderr.write(`--games: expected a whole number above 0, got ${values.games}\n`);
  process.exit(2);
}
const HUNT_SEEDS = 300;
const spoke: Record<string, number> = {};

function note(seed: number, kind: string, violations: ReturnType<typeof playLiars>['violations']): void {
  for (const { oracle, detail } of violations) {
    spoke[oracle] = (spoke[oracle] ?? 0) + 1;
    process.stdout.write(`${kind} seed ${seed}: ${oracle}: ${detail}\n`);
  }
}

const total = { contexts: 0, vectors: 0, opened: 0, refused: 0, crashes: 0 };
for (let seed = first; seed < first + games; seed++) {
  const outcome = new Game(seed).play();
  for (const key of ['contexts', 'vectors', 'opened', 'refused', 'crashes'] as const) total[key] += outcome[key];
  note(seed, 'leader', outcome.violations);
}
process.stdout.write(`malicious leader: ${games} games, ${JSON.stringify(total)}\n`);

const liars = { games: Math.ceil(games / 10), summed: 0, named: 0 };
for (let seed = first; seed < first + liars.games; seed++) {
  const outcome = playLiars(seed);
  liars.summed += Number(outcome.isSummed);
  liars.named += outcome.named;
  note(seed, 'liars', outcome.violations);
}
process.stdout.write(`lying members: ${JSON.stringify(liars)}\n`);

/** Which oracles a mutant must wake: a difference of two vectors is as clear as one. */
const HUNTS: Readonly<Record<Mutant, string>> = {
  'no-consistency': 'clear',
  't-too-low': 'clear',
  'stream-reused': 'clear',
  'old-bytes': 'once',
  'not-durable': 'clear',
  'short-seeds': 'clear',
  'enters-again': 'once',
};
const mutants: Record<string, string> = {};
for (const mutant of MUTANTS) {
  for (let seed = first; seed < first + HUNT_SEEDS && mutants[mutant] === undefined; seed++) {
    const oracles = new Set(new Game(seed, mutant).play().violations.map(({ oracle }) => oracle as string));
    if (oracles.has(HUNTS[mutant])) mutants[mutant] = `${[...oracles].sort().join(',')} in game ${seed - first + 1}`;
  }
  process.stdout.write(`mutant ${mutant}: ${mutants[mutant] ?? 'NOT CAUGHT'}\n`);
}

const violations = Object.values(spoke).reduce((a, b) => a + b, 0);
const mutantsCaught = Object.keys(mutants).length;
verdict(
  'secagg:games',
  violations === 0 && mutantsCaught === MUTANTS.length && total.opened > 0,
  { games, violations, ...total, liars, mutantsCaught, mutants },
  { violations: 0, mutantsCaught: MUTANTS.length },
);
