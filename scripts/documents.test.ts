/** Documents match the tree: commands and buttons exist, links lead somewhere, reference pages are in step with their tables. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as limits from '#protocol/limits';
import { en } from '../web/i18n/en.ts';
import { errorsPage, limitsPage, PAGES } from './reference.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];

/** Link targets that are files of this tree; not pictures, which may be made later than the text. */
function linkedFiles(text: string): string[] {
  const links = [...text.matchAll(/(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

/** Valid anchors: GitHub's names of headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!.toLowerCase());
  return headings.map((heading) => heading.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-'));
}

const README_LINES = 150;
/** The promise, the picture and the figure come before the first of them. */
const README_SECTIONS = ['Try it', 'Is it for you?', 'What others see', 'Before you trust it', 'Next'];

/** Text in italics: in these two documents, names of buttons and places on the page. */
function italicsIn(text: string): string[] {
  const prose = text.replaceAll(/```[\s\S]*?```|`[^`]*`/g, '');
  return [...prose.matchAll(/(?<!\*)\*(?!\*)([^*]+)\*(?!\*)/g)].map(([, name]) => name!.replaceAll(/\s+/g, ' '));
}

describe('the documents', () => {
  test('are there', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/start.md', 'docs/internals/round.md']));
  });

  test.each(documents)('%s links only to what is there', (path) => {
    const missing = linkedFiles(read(path)).filter((target) => !existsSync(join(ROOT, dirname(path), target)));
    expect(missing).toEqual([]);
  });

  test.each(documents)('%s links only to headings that are there', (path) => {
    const links = [...read(path).matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)];
    const missing = links.filter(([, file, anchor]) => {
      const target = file === '' ? path : join(dirname(path), file!);
      return target.endsWith('.md') && !anchorsOf(read(target)).includes(anchor!);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
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

  test.each(['README.md', 'docs/start.md'])('%s names only buttons and places that the page has, or projects that come along', (path) => {
    const texts = new Set<string>(Object.values(en));
    const projects = read('relay/builtin.ts');
    const named = italicsIn(read(path));
    expect(named).toContain('Try the demo');
    expect(named.filter((name) => !texts.has(name) && !projects.includes(`name: '${name}'`))).toEqual([]);
  });
});

describe('the README', () => {
  test('is short, and says things in their order', () => {
    const text = read('README.md');
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(README_LINES);
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(README_SECTIONS);
    const places = ['Your data stays', '](docs/demo.gif)', 'e2e:digits --skew', '## '].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test('has a picture that is there, and words for who does not see it', () => {
    const [, words, file] = /!\[([^\]]*)\]\(([^)]+)\)/.exec(read('README.md'))!;
    expect(words!.length).toBeGreaterThan(100);
    expect(statSync(join(ROOT, file!)).size).toBeLessThanOrEqual(1_500_000);
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
