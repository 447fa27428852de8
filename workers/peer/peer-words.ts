/** What `npm run peer` says, in lines: what it agrees to, how it goes, and what to do when it cannot go on. No page has these words. */
import type { ErrorCode, MeshError } from '#protocol/errors';
import type { Manifest } from '#protocol/manifest/manifest';
import type { BudgetOffer, Snapshot } from '../api.ts';
import { consentHash } from './consent.ts';

/** What is agreed to for these rows, before it is. */
export function agreement({ id, body }: Manifest, { epsilon, rounds, left, cost, bytes }: BudgetOffer): string {
  const { name, steward, privacy, consent } = body;
  return [
    `agrees to “${name}” (${id}), steward ${steward}`,
    `T ${privacy.rounds}, of which ${left} rounds are left and ${rounds} can be taken part in`,
    `epsilon at most ${epsilon} (${cost.toFixed(3)} after those rounds), delta ${privacy.delta}, about ${bytes} bytes leave`,
    `consent text ${consentHash(consent)}`,
  ].join('; ');
}

export function progress({ activity, round, made, lacking, peers, budget, scores }: Snapshot): string {
  const score = scores.at(-1);
  if (activity === 'ended') return `its founder has ended this project, round ${round}, ${made} models, epsilon ${budget.spent.toFixed(3)}`;
  return [
    activity === 'budget-spent' ? 'has used all the privacy that is allowed' : activity,
    ...(lacking > 0 ? [`it takes ${lacking} more people whose rows have not been used here`] : []),
    `round ${round}, ${made} models`,
    `${peers.length} peers`,
    `epsilon ${budget.spent.toFixed(3)} of ${budget.epsilon}, ${budget.roundsLeft} more rounds`,
    ...(score === undefined
      ? []
      : [
          `${'error' in score ? `off by ${score.error.toPrecision(3)} on average` : `accuracy ${(score.accuracy * 100).toFixed(1)} %`} after round ${score.round}`,
        ]),
  ].join(', ');
}

/** What its user needs to know and can do: at most two lines. */
export function explained({ code, message }: MeshError): string {
  return WORDS[code]?.join('\n') ?? message;
}

/** Of one peer of several; samples are nobody's rows, so another folder may start over with them. */
export function spentWords(peer: number, sample: boolean): string {
  const [spent, next] = sample
    ? [WORDS['budget-spent']![0], 'To go on with a sample, begin anew in another folder: --folder DIR.']
    : WORDS['budget-spent']!;
  return `peer ${peer}: ${spent}\n${next}\n`;
}

const WORDS: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  'budget-spent': [
    'These rows have used all the privacy that this project allows, or that --epsilon does. The model stays usable on its page.',
    'To go on, bring rows that have not been used (--data FILE), or allow more (--epsilon E) where the project does.',
  ],
  unreachable: ['No relay answers there.', 'Start one (npm start), or name another (--relay URL).'],
  withdrawn: ['Its founder has ended this project.', 'Choose another one: --federation ID.'],
  'model-finished': ['This model is finished: all of its rounds are done, and nobody pays for another.', 'Use the model on its page.'],
};
