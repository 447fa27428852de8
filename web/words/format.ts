/** Formats numbers for readers, in the page's language. */
const LANGUAGE = 'en';
const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 3 });
const fixed = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const calendar = new Intl.DateTimeFormat(LANGUAGE, { day: 'numeric', month: 'long', year: 'numeric' });
const UNITS = ['B', 'kB', 'MB', 'GB'] as const;

export const count = (n: number): string => whole.format(n);
export const quantity = (n: number): string => decimal.format(n);
export const loss = (n: number): string => fixed.format(n);
export const day = (ms: number): string => calendar.format(ms);
export const time = (ms: number): string => clock.format(ms);

const SPANS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A rough duration: "12 minutes". Small numbers of a unit are given in the next smaller one. */
export function duration(ms: number): string {
  const [unit, length] = SPANS.find(([, span]) => ms >= 1.5 * span) ?? ['second', 1000];
  const maximumFractionDigits = unit === 'second' && ms < 9950 ? 1 : 0;
  return new Intl.NumberFormat(LANGUAGE, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits }).format(ms / length);
}

/** Rounded up to a whole percent, so that a bound never looks smaller than it is; never "100 %" below 1. */
export function certainty(belief: number): string {
  const percent = Math.ceil(belief * 100 - 1e-9);
  if (percent >= 100 && belief < 1) return `${(Math.ceil(belief * 10_000 - 1e-9) / 100).toFixed(2)} %`;
  return `${percent} %`;
}

/** A share in whole percent, for secondary figures. */
export const percent = (share: number): string => `${whole.format(share * 100)} %`;

export const accuracy = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Decimal kilobytes: 16.4 kB. */
export function bytes(n: number): string {
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? whole.format(value) : decimal.format(value)} ${UNITS[unit]}`;
}

/** A small probability as odds: 1e-5 reads "1 in 100,000". */
export const odds = (p: number): string => (p > 0 ? `1 in ${whole.format(Math.round(1 / p))}` : '0');

/** The first letters of a key or hash: enough to tell a few apart, not to identify one. */
export const short = (id: string): string => `${id.slice(0, 8)}…`;

const NAMES_SHOWN = 4;

/** The first of many names: "cat, dog, hen, cow …". */
export function few(names: readonly string[], shown = NAMES_SHOWN): string {
  const first = names.slice(0, shown).join(', ');
  return names.length > shown ? `${first} …` : first;
}
