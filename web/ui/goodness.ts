/** How good a model is, as pages say it: the share of answers that is correct, or how far numbers are off on average. */
import type { Goodness } from '#workers/api';
import type { Interval } from '#workers/lab/api';
import { t } from '../i18n/t.ts';
import { accuracy, quantity } from '../words/format.ts';

export type Measure = 'accuracy' | 'error';

export const measureOf = (of: Goodness): Measure => ('error' in of ? 'error' : 'accuracy');
export const figureOf = (of: Goodness): number => ('error' in of ? of.error : of.accuracy);
/** "93.1 %", or "4.2" in the answer's own unit. */
export const goodness = (of: Goodness): string => figure(figureOf(of), measureOf(of));
/** What a model has to beat on the same rows, in a sentence: no figure stands without it. */
export const guessingText = (guessing: number, measure: Measure): string => t(`guessing.${measure}`, { figure: figure(guessing, measure) });
export const figure = (value: number, measure: Measure): string => (measure === 'error' ? quantity(value) : accuracy(value));
/** "0.93 (0.9 to 0.95)", or that it is unknown. */
export const interval = (of: Interval | null, as: (value: number) => string): string =>
  of === null ? t('check.unknown') : t('check.interval', { value: as(of.value), low: as(of.low), high: as(of.high) });
