/** Styles of all screens are one page's: two sheets that style one bare class would do so on each other's screens. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../web/styles/', import.meta.url);
/** A class on its own that begins a rule, or one of a list of them. */
const BARE = /^ {2}\.([\w-]+)(?: \{|,)$/gm;

test('a bare class is styled by one sheet', () => {
  const sheets = new Map<string, Set<string>>();
  for (const file of readdirSync(FOLDER)) {
    for (const [, name] of readFileSync(new URL(file, FOLDER), 'utf8').matchAll(BARE)) {
      sheets.set(name!, (sheets.get(name!) ?? new Set()).add(file));
    }
  }
  expect(sheets.size).toBeGreaterThan(100);
  expect([...sheets].filter(([, files]) => files.size > 1)).toEqual([]);
});
