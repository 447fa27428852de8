/** Describes a snapshot in words: the state in two words, the progress in a line, and a sentence for anything other than a round. */
import type { PeerView, Snapshot } from '#workers/api';
import { plural, t } from '../i18n/t.ts';
import { hasModel } from '../state/peer.ts';
import { count, duration } from './format.ts';
import type { Role } from './role.ts';
import { roundGap } from './time-left.ts';

export interface State {
  readonly text: string;
  readonly tone: 'busy' | 'waiting' | 'done' | 'bad';
}

/** The state of a project in a word or two. */
export function stateOf(s: Snapshot, { member, over, mirror }: Role): State {
  if (s.activity === 'ended') return { text: t('state.ended'), tone: 'done' };
  if (over) return { text: t('state.done'), tone: 'done' };
  if (s.activity === 'left') return { text: t('state.left'), tone: 'waiting' };
  if (s.activity === 'failed') return { text: t('state.failed'), tone: 'bad' };
  if (s.activity === 'paused' || s.activity === 'leaving') return { text: t(`state.${s.activity}`), tone: 'waiting' };
  if (s.activity === 'budget-spent') return { text: t('state.spent'), tone: 'done' };
  if (isAway(s)) return { text: t('state.connecting'), tone: 'waiting' };
  if (s.activity === 'waiting-for-new') return { text: t('state.waiting-for-new'), tone: 'waiting' };
  if (!member && !mirror) return { text: t('state.watching'), tone: 'waiting' };
  if (wantsPeople(s)) return { text: t('state.waiting', { joined: hereOf(s), needed: s.needed }), tone: 'waiting' };
  return { text: t('state.training'), tone: 'busy' };
}

/** Shown instead of a score while there is none. */
export function waitingFor(s: Snapshot, scored: boolean): { readonly figure: string; readonly text: string } {
  if (s.made === 0 && wantsPeople(s)) {
    return { figure: t('stage.of', { joined: count(hereOf(s)), needed: count(s.needed) }), text: t('stage.waiting.here') };
  }
  if (!scored) return { figure: count(s.made), text: t('stage.waiting.unscored') };
  return { figure: '…', text: s.made === 0 ? t('stage.waiting.first') : t('stage.waiting.score') };
}

const IN_ROUND: ReadonlySet<Snapshot['activity']> = new Set(['gathering', 'training', 'waiting-for-others', 'deciding']);

/** "Round 12 of 30 · 3 participants · about 40 seconds left"; a sentence between rounds. */
export function stripText(s: Snapshot, rounds: number, participant: boolean): string {
  if (!IN_ROUND.has(s.activity) || wantsPeople(s)) return sentenceOf(s);
  const left = Math.min(rounds - s.made, participant ? s.budget.roundsLeft + 1 : rounds);
  return roundLine(s, rounds, left, plural('stage.here', participantsOf(s).length + (participant ? 1 : 0)));
}

/** @param left remaining rounds, to estimate their time. @param who takes part, in words */
export function roundLine(s: Snapshot, rounds: number, left: number, who: string): string {
  const gap = roundGap(s.rounds);
  return [
    t('stage.round', { round: count(Math.min(s.made + 1, rounds)), rounds: count(rounds) }),
    who,
    ...(gap === null ? [] : [t('stage.left', { time: duration(gap * left) })]),
  ].join(' · ');
}

export function sentenceOf(s: Snapshot): string {
  const next = count(s.round + 1);
  switch (s.activity) {
    case 'gathering':
      if (!wantsPeople(s)) return t('activity.getting-ready', { next });
      return plural('activity.gathering', Math.max(1, s.needed - hereOf(s)));
    case 'training':
    case 'waiting-for-others':
    case 'deciding':
    case 'leaving':
      return t(`activity.${s.activity}`, { next });
    case 'finished': {
      const makers = s.rounds.at(-1)?.contributors ?? 0;
      return makers > 1
        ? t('activity.finished.by', { makers: count(makers), rounds: count(s.made) })
        : t('activity.finished', { rounds: count(s.made) });
    }
    case 'waiting-for-new':
      return plural('activity.waiting-for-new', s.lacking);
    case 'budget-spent':
      return s.lacking > 0 ? plural('activity.budget-spent.waiting', s.lacking) : t('activity.budget-spent');
    case 'left':
    case 'ended':
      return t(hasModel(s) ? `activity.${s.activity}` : `activity.${s.activity}.none`);
    default:
      return t(`activity.${s.activity}`);
  }
}

/** True while fewer participants than a round needs are reachable, including this one. */
export const lacksPeople = (snapshot: Snapshot): boolean => participantsOf(snapshot).length + 1 < snapshot.needed;

/** Nobody is reachable yet, or any more. */
export const isAway = ({ activity }: Snapshot): boolean => activity === 'connecting' || activity === 'waiting-for-relay';

/** Whether more participants are needed: there are too few, or those present have spent their budgets. */
export const wantsPeople = (snapshot: Snapshot): boolean => lacksPeople(snapshot) || snapshot.lacking > 0;

/** The other participants that are reachable, without relays. */
export const participantsOf = ({ peers }: Snapshot): readonly PeerView[] => peers.filter((peer) => !peer.relay);

/** How many are present for a round that lacks some. The round and the links may disagree for a moment. */
const hereOf = (s: Snapshot): number => Math.min(s.needed - 1, Math.max(s.joined, participantsOf(s).length + (s.data === null ? 0 : 1)));

/** "2 directly, 1 through the relay"; empty if nobody is there. */
export function linksText(snapshot: Snapshot): string {
  const direct = participantsOf(snapshot).filter((peer) => peer.path === 'direct').length;
  const relayed = participantsOf(snapshot).length - direct;
  return [...(direct > 0 ? [t('links.direct', { n: direct })] : []), ...(relayed > 0 ? [t('links.relayed', { n: relayed })] : [])].join(
    ', ',
  );
}
