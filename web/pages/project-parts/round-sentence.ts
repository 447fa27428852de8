/** The last round in words: who contributed, whether this device did and if not why, its effect on the model, its traffic. */
import type { RoundLine, Score, Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { bytes, count } from '../../words/format.ts';
import { goodness, guessingText, measureOf } from '../../ui/goodness.ts';

export function lastRoundText({ rounds, scores, guessing }: Pick<Snapshot, 'rounds' | 'scores' | 'guessing'>): string {
  const line = rounds.at(-1);
  if (line === undefined) return t('train.last.none');
  const traffic = t('train.last.traffic', { out: bytes(line.bytesOut), in: bytes(line.bytesIn) });
  return [whatText(line), accuracyText(line, scores, guessing), traffic].filter(Boolean).join(' ');
}

function whatText(line: RoundLine): string {
  const round = count(line.round);
  if (line.kind === 'skip') return t('train.last.skip', { round });
  if (line.contributors === 1 && line.part === 'in') return t('train.last.alone', { round });
  return plural('train.last.model', line.contributors, { round, part: t(`train.last.${line.part}`) });
}

function accuracyText({ round, kind }: RoundLine, scores: readonly Score[], guessing: number | null): string {
  const now = kind === 'skip' ? undefined : scores.find((score) => score.round === round);
  if (now === undefined) return '';
  const before = scores.filter((score) => score.round < round).toSorted((a, b) => b.round - a.round)[0];
  const [measure, after] = [measureOf(now), goodness(now)];
  const went =
    before === undefined ? t(`train.last.${measure}.first`, { after }) : t(`train.last.${measure}`, { before: goodness(before), after });
  return guessing === null ? went : `${went} ${guessingText(guessing, measure)}`;
}
