/** The result of a recording in plain sentences: what was kept, why it ended, and remarks. */
import { t } from '../../i18n/t.ts';
import type { Recorded } from '../../state/motion/motion-recorder.ts';
import { SECONDS_MIN, type SeriesNews } from '../../state/motion/motion-series.ts';
import { quantity } from '../../words/format.ts';

/** @param answer name of its class @param kept whether the browser has it now */
export function recordedLine({ result, ending }: Recorded, answer: string, rate: number, kept: boolean): string {
  if (!result.ok) {
    const cut = result.news.code === 'short' && (ending === 'hidden' || ending === 'silent') ? ending : null;
    const why = cut === null ? newsLine(result.news, rate) : t(`record.refused.${cut}`);
    return [t('record.refused'), why].join(' ');
  }
  const { seconds, news } = result.series;
  const gap = news.some(({ code }) => code === 'gap');
  return [
    t('record.done', { answer, seconds: quantity(seconds) }),
    ending === 'asked' || (ending === 'silent' && gap) ? '' : t(`record.ending.${ending}`),
    ...news.map((one) => newsLine(one, rate)),
    kept ? '' : t('record.unkept'),
  ]
    .filter(Boolean)
    .join(' ');
}

function newsLine(news: SeriesNews, rate: number): string {
  switch (news.code) {
    case 'gap':
      return t('record.news.gap', { at: quantity(news.at), seconds: quantity(news.seconds) });
    case 'slow':
      return t('record.news.slow', { rate: quantity(news.rate), wanted: quantity(rate) });
    case 'uneven':
      return t('record.news.uneven', { fastest: quantity(news.fastest), slowest: quantity(news.slowest) });
    case 'unit':
      return t('record.refused.unit', { strength: quantity(news.strength) });
    case 'short':
      return t('record.refused.short', { seconds: quantity(news.seconds), least: quantity(SECONDS_MIN) });
  }
}
