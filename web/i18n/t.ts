/**
 * Looks a text up and fills its {names}. The compiler checks keys and names; the only grammar is {name} and the plural pairs `key.one` /
 * `key.other` (CLDR's cardinal categories for English).
 */
import { en } from './en.ts';

type Dictionary = typeof en;
export type TextKey = keyof Dictionary;
type Names<S extends string> = S extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type Values<N extends string> = { readonly [K in N]: string | number };
type Filled<S extends string> = [Names<S>] extends [never] ? readonly [] : readonly [values: Values<Names<S>>];

/** A text by its key, with a value for each {name} in it. */
export function t<K extends TextKey>(key: K, ...filled: Filled<Dictionary[K]>): string {
  return fill(en[key], filled[0] ?? {});
}

/** Keys of plural pairs, without their ending. */
export type PluralKey = TextKey extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;
const rules = new Intl.PluralRules('en');

/** The form of `stem` that fits n; {n} is n, grouped. Other names come from `values`. */
export function plural(stem: PluralKey, n: number, values: Readonly<Record<string, string | number>> = {}): string {
  const form = rules.select(n) === 'one' ? 'one' : 'other';
  return fill(en[`${stem}.${form}`], { n: n.toLocaleString('en'), ...values });
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
