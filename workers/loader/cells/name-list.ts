/** A public list of values or classes, matched in the spellings that other programs use. */
import { parseNumber, plainText, unquoted } from './cell.ts';

const SHOWN_MAX = 10;
/** Longer cells cannot spell a manifest's name. */
const NAME_CHARS_MAX = 256;

export interface Found {
  /** Index in the list, or -1. */
  readonly value: number;
  readonly exact: boolean;
}

export class NameList {
  readonly names: readonly string[];
  readonly #exact: ReadonlyMap<string, number>;
  readonly #plain: ReadonlyMap<string, number>;
  readonly #numbers: ReadonlyMap<number, number>;
  readonly #fullStop: boolean;

  /** @param fullStop whether to ignore one after a name: UCI Adult's test file ends its lines with it */
  constructor(names: readonly string[], fullStop: boolean) {
    this.names = names;
    this.#exact = new Map(names.map((name, i) => [name, i]));
    this.#plain = uniqueKeys(names.map(plainText));
    this.#numbers = uniqueKeys(names.map(parseNumber));
    this.#fullStop = fullStop;
  }

  /** Matches the exact name, then ignores case, spacing and quotes, then compares numbers (3.0 and 03 are 3). @param cell trimmed */
  find(cell: string): Found {
    const exact = this.#exact.get(cell);
    if (exact !== undefined) return { value: exact, exact: true };
    if (cell.length > NAME_CHARS_MAX) return { value: -1, exact: false };
    const bare = unquoted(cell);
    const value = this.#exact.get(bare) ?? this.#plain.get(plainText(bare)) ?? this.#numbers.get(parseNumber(bare));
    if (value === undefined && this.#fullStop && /[^.]\.$/.test(bare))
      return { value: this.find(bare.slice(0, -1).trim()).value, exact: false };
    return { value: value ?? -1, exact: false };
  }
}

/** Keys of exactly one name; any other would be a guess. */
function uniqueKeys<K>(keys: readonly K[]): ReadonlyMap<K, number> {
  const places = new Map<K, number>();
  const repeated = new Set<K>();
  for (const [i, key] of keys.entries()) {
    if (places.has(key) || Number.isNaN(key)) repeated.add(key);
    places.set(key, i);
  }
  for (const key of repeated) places.delete(key);
  return places;
}

export function oneOf(names: readonly string[]): string {
  const few = names.slice(0, SHOWN_MAX).join(', ');
  return `one of ${few}${names.length > SHOWN_MAX ? ` and ${names.length - SHOWN_MAX} more` : ''}`;
}
