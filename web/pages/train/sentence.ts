/** What is happening, in one sentence, from a snapshot. */
import type { Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { count } from '../../ui/format.ts';

export function sentenceOf(snapshot: Snapshot): string {
  const text = activityText(snapshot);
  const links = linksText(snapshot);
  return links === '' || snapshot.activity === 'left' ? text : t('links.sentence', { text, links });
}

function activityText(s: Snapshot): string {
  const next = count(s.round + 1);
  switch (s.activity) {
    case 'gathering':
      if (!lacksPeople(s)) return t('activity.getting-ready', { next });
      return t('activity.gathering', { joined: s.joined, needed: s.needed, next });
    case 'training':
    case 'waiting-for-others':
    case 'deciding':
    case 'leaving':
      return t(`activity.${s.activity}`, { next });
    case 'finished':
      return t('activity.finished', { rounds: count(s.made) });
    case 'waiting-for-new':
      return plural('activity.waiting-for-new', s.lacking);
    case 'budget-spent':
      return s.lacking > 0 ? plural('activity.budget-spent.waiting', s.lacking) : t('activity.budget-spent');
    default:
      return t(`activity.${s.activity}`);
  }
}

/** True while fewer people than a round needs can be reached, this one included. */
export const lacksPeople = (snapshot: Snapshot): boolean => peopleOf(snapshot).length + 1 < snapshot.needed;

/** Whether others have to be called: there are too few, or they have nothing left to contribute with. */
export const wantsPeople = (snapshot: Snapshot): boolean => lacksPeople(snapshot) || snapshot.lacking > 0;

const peopleOf = ({ peers }: Snapshot) => peers.filter((peer) => !peer.relay);

/** "2 people connected directly, 1 person through the relay"; empty when nobody is there. A relay is no person. */
export function linksText(snapshot: Snapshot): string {
  const direct = peopleOf(snapshot).filter((peer) => peer.path === 'direct').length;
  const relayed = peopleOf(snapshot).filter((peer) => peer.path === 'relayed').length;
  const parts = [direct > 0 ? plural('links.direct', direct) : '', relayed > 0 ? plural('links.relayed', relayed) : ''].filter(Boolean);
  return parts.length === 2 ? t('links.and', { a: parts[0]!, b: parts[1]! }) : (parts[0] ?? '');
}
