/** The documents say what is there: commands that exist, links that lead somewhere, reference pages in step with their tables. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as limits from '#protocol/limits';
import { errorsPage, limitsPage, PAGES } from './reference.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];

/** Targets of links that are files of this tree; pictures are made later than the text about them. */
function linkedFiles(text: string): string[] {
  const links = [...text.matchAll(/(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

describe('the documents', () => {
  test('are there', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/start.md', 'docs/internals/round.md']));
  });

  test.each(documents)('%s links only to what is there', (path) => {
    const missing = linkedFiles(read(path)).filter((target) => !existsSync(join(ROOT, dirname(path), target)));
    expect(missing).toEqual([]);
  });

  test('name only commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = documents.flatMap((path) => [...read(path).matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, script]) => script!));
    expect(named).toContain('prove');
    expect([...new Set(named)].filter((script) => !(script in scripts))).toEqual([]);
  });

  test('start and test in one line each, and the check runs the same line', () => {
    const lines = read('README.md').split('\n');
    expect(lines.filter((line) => line.startsWith('npm ci'))).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    expect(read('.ci/run')).toContain('npm ci && npm test');
  });
});

describe('the reference', () => {
  test('of limits is in step with the table (npm run reference)', () => {
    expect(read(PAGES.limits)).toBe(limitsPage(read('protocol/limits.ts')));
  });

  test('of error codes is in step with the table (npm run reference)', () => {
    expect(read(PAGES.errors)).toBe(errorsPage());
  });

  test('has a line with a meaning for every limit', () => {
    const page = read(PAGES.limits);
    for (const name of Object.keys(limits)) expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| [\\d,]+ \\| .* \\| \\S.+ \\|$`, 'm'));
  });
});
