/** All screens share one page: if two sheets style the same bare class, they affect each other's screens. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../web/styles/', import.meta.url);
/** A bare class as a rule's selector, alone or in a list. */
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
