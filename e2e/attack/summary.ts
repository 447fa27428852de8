/** The verdict over all tried attacks. */
import { round, type Figures } from '../verdict.ts';
import type { Attack } from './attack.ts';
import { MEMORY_BUDGET_MB } from './memory-budget.ts';
import type { Played } from './playing.ts';

export const TARGETS = {
  attacks: 60,
  held: 'all',
  redWithoutMend: 'all',
  honestRatio: 0.7,
  ledgerRaisedByStrangers: 0,
  genuineRollbackFound: 1,
} as const;

export interface Tried {
  readonly attack: Attack;
  /** In this tree. */
  readonly here: Played;
  /** In the tree without its defence; null: not tried. */
  readonly there: Played | null;
  /** Files in which the text to remove does not occur exactly once. */
  readonly rotten: readonly string[];
}

/** A figure from the evidence of attacks, over all that have it. */
function evidenceOf(tried: readonly Tried[], name: string): number[] {
  return tried.flatMap(({ here }) => ('error' in here || typeof here.evidence[name] !== 'number' ? [] : [here.evidence[name]]));
}

/**
 * @param shares of the control's models per minute, by attack; null: not counted
 * @param partly some were skipped on request and do not count
 */
export function summaryOf(
  tried: readonly Tried[],
  shares: ReadonlyMap<string, number> | null,
  partly: boolean,
): { pass: boolean; figures: Figures } {
  const names = (list: readonly Tried[]) => list.map(({ attack }) => attack.name);
  const held = tried.filter(({ here }) => !('error' in here) && !here.succeeded);
  const red = tried.filter(({ there }) => there !== null && !('error' in there) && there.succeeded);
  const growth = tried.flatMap(({ attack, here }) =>
    // Null if the process had already ended.
    'error' in here || here.rssGrowthMB === null ? [] : [{ name: attack.name, MB: round(here.rssGrowthMB, 1) }],
  );
  const most = growth.sort((a, b) => b.MB - a.MB)[0] ?? { name: '', MB: 0 };
  const slowest = [...(shares ?? [])].map(([name, share]) => ({ name, share: round(share, 3) })).sort((a, b) => a.share - b.share);
  const lowest = slowest[0] ?? null;
  const raised = evidenceOf(tried, 'ledgerRaisedByStrangers');
  const found = evidenceOf(tried, 'genuineRollbackFound');
  const figures = {
    attacks: tried.length,
    held: held.length,
    redWithoutMend: red.length,
    notHeld: names(tried.filter((one) => !held.includes(one))),
    notRed: names(tried.filter((one) => !red.includes(one))),
    rotten: names(tried.filter(({ rotten }) => rotten.length > 0)),
    honestRatio: lowest?.share ?? null,
    lowest: slowest.slice(0, 3),
    rssGrowthMB: most.MB,
    rssGrowthBy: most.name,
    ledgerRaisedByStrangers: raised.length === 0 ? null : raised.reduce((a, b) => a + b, 0),
    genuineRollbackFound: found.length === 0 ? null : Math.min(...found),
  };
  const whole =
    tried.length >= TARGETS.attacks &&
    red.length === tried.length &&
    figures.ledgerRaisedByStrangers === 0 &&
    figures.genuineRollbackFound === 1;
  const proven = tried.every((one) => one.there === null || red.includes(one));
  const fast = lowest === null || lowest.share >= TARGETS.honestRatio;
  const pass =
    (whole || partly) && proven && fast && held.length === tried.length && figures.rotten.length === 0 && most.MB <= MEMORY_BUDGET_MB;
  return { pass, figures };
}
