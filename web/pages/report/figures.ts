/** Formats figures of a report. Bounds are rounded up, so that none looks smaller than it is. */
import { t } from '../../i18n/t.ts';

const DIGITS = 4;
const day = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: DIGITS });

/** An upper bound to four digits; null means no bound. */
export function atMost(bound: number | null): string {
  if (bound === null) return t('report.unbounded');
  if (bound <= 0) return '0';
  const unit = 10 ** (Math.floor(Math.log10(bound)) - DIGITS + 1);
  return plain.format(Math.ceil(bound / unit - 1e-9) * unit);
}

/** A small error bound to one digit, as a power. */
export function errorAtMost(error: number): string {
  if (error <= 0) return '0';
  const magnitude = Math.floor(Math.log10(error));
  return power(Number(`${Math.ceil(error / 10 ** magnitude - 1e-9)}e${magnitude}`));
}

/** Milliseconds since the epoch, in the reader's time zone. */
export const moment = (ms: number): string => day.format(ms);

/** A probability in typed form: 1e-5. */
export const power = (p: number): string => p.toExponential().replace('e+', 'e');
