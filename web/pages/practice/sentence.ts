/** What a practice is doing, in one sentence that mentions no relay, people or budget. */
import type { Activity, Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { count } from '../../words/format.ts';

const OVER: ReadonlySet<Activity> = new Set(['budget-spent', 'waiting-for-new', 'finished']);

/** @param rounds in the federation's terms */
export function practiceSentence(snapshot: Snapshot, rounds: number): string {
  const at = { next: count(Math.min(snapshot.made + 1, rounds)), rounds: count(rounds) };
  switch (snapshot.activity) {
    case 'training':
      return t('practice.training', at);
    case 'waiting-for-others':
      return t('practice.waiting', at);
    case 'deciding':
      return t('practice.deciding', at);
    case 'budget-spent':
    case 'waiting-for-new':
    case 'finished':
      return t('practice.over', { made: count(snapshot.made) });
    case 'failed':
      return t('practice.failed');
    default:
      return t('practice.gathering', at);
  }
}

/** All rounds are done, or nobody's budget allows another. */
export function isOver(snapshot: Snapshot | null): boolean {
  return snapshot !== null && OVER.has(snapshot.activity);
}
