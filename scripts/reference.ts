/**
 * `npm run reference` writes the reference pages of limits and error codes from their tables. A test compares the pages with this output,
 * so a limit or a code cannot change without its page.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ERRORS, type ErrorCode } from '#protocol/errors';
import * as limits from '#protocol/limits';
import { errorTexts } from '../web/i18n/errors-en.ts';

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_BYTES_PER_S$/, 'bytes/s'],
  [/_PER_S$/, '1/s'],
  [/_BYTES(_|$)/, 'bytes'],
  [/_MS$/, 'ms'],
  [/_SECONDS_/, 's'],
  [/_CHARS_/, 'characters'],
];

const LIMITS_HEAD = `# Limits

Every bound that a stranger can run into, from \`protocol/limits.ts\`. Made by \`npm run reference\`; a test keeps it in step.
They are the same for every federation and relay; a manifest may be stricter, never laxer.

| limit | value | unit | meaning |
|---|---:|---|---|
`;

const ERRORS_HEAD = `# Error codes

Every refusal has a code from \`protocol/errors.ts\`: stable, so match on it. Texts may change. Made by \`npm run reference\`; a test keeps it
in step.

- Over HTTP a refusal is JSON \`{code, field?, expected?, got?}\` with the status below.
- A WebSocket is closed with the number in *close*. Several codes may share one; the code is in the reason.
- *retry*: the same request may succeed later. Otherwise something has to change first.

| code | HTTP | close | retry | what happened |
|---|---:|---:|---|---|
`;

interface LimitRow {
  readonly name: string;
  readonly meaning: string;
}

/** Names in the order of the file, each with the comment above it, which adjacent names share. */
function readLimits(source: string): LimitRow[] {
  const rows: LimitRow[] = [];
  let meaning = '';
  for (const [, comment, name] of source.matchAll(/\/\*\*([\s\S]*?)\*\/|^export const ([A-Z\d_]+)/gm)) {
    if (comment !== undefined) meaning = comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim();
    else if (name !== undefined) rows.push({ name, meaning });
  }
  return rows;
}

/** @param source of protocol/limits.ts, for its comments */
export function limitsPage(source: string): string {
  const values: Readonly<Record<string, number>> = limits;
  const rows = readLimits(source).map(({ name, meaning }) => {
    const unit = UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? '';
    return `| \`${name}\` | ${values[name]!.toLocaleString('en-US')} | ${unit} | ${meaning.replaceAll('|', '\\|')} |\n`;
  });
  return LIMITS_HEAD + rows.join('');
}

export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, close, retry }]) =>
      `| \`${code}\` | ${status} | ${close} | ${retry ? 'yes' : 'no'} | ${errorTexts[code as ErrorCode].what} |\n`,
  );
  return ERRORS_HEAD + rows.join('');
}

export const PAGES = { limits: 'docs/reference/limits.md', errors: 'docs/reference/errors.md' } as const;
const fromTop = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

if (import.meta.main) {
  await writeFile(fromTop(PAGES.limits), limitsPage(await readFile(fromTop('protocol/limits.ts'), 'utf8')));
  await writeFile(fromTop(PAGES.errors), errorsPage());
}
