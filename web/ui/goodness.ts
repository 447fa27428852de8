/** How good a model is, for pages: the share of correct answers, or how far numbers are off on average. */
import type { Goodness } from '#workers/api';
import type { Interval } from '#workers/lab/api';
import { t } from '../i18n/t.ts';
import { accuracy, quantity } from '../words/format.ts';

export type Measure = 'accuracy' | 'error';

export const measureOf = (of: Goodness): Measure => ('error' in of ? 'error' : 'accuracy');
export const figureOf = (of: Goodness): number => ('error' in of ? of.error : of.accuracy);
/** "93.1 %", or "4.2" in the answer's own unit. */
export const goodness = (of: Goodness): string => figure(figureOf(of), measureOf(of));
/** The baseline on the same rows, in a sentence; shown with every figure. */
export const guessingText = (guessing: number, measure: Measure): string => t(`guessing.${measure}`, { figure: figure(guessing, measure) });
export const figure = (value: number, measure: Measure): string => (measure === 'error' ? quantity(value) : accuracy(value));
/** "0.93 (0.9 to 0.95)", or a word for unknown. */
export const interval = (of: Interval | null, as: (value: number) => string): string =>
  of === null ? t('check.unknown') : t('check.interval', { value: as(of.value), low: as(of.low), high: as(of.high) });
