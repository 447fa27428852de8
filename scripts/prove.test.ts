/** The commands that prove or measure: every row leads to a program, names are spelt correctly everywhere, and the runner works. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { COMMANDS, type Command } from './commands.ts';
import { listing, nearNames } from './prove.ts';
import { readTree } from './tree.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCRIPTS_MAX = 30;
const names = Object.keys(COMMANDS);
const runProve = (...args: string[]) => spawnSync(process.execPath, [join(ROOT, 'scripts/prove.ts'), ...args], { encoding: 'utf8' });
/** Names in a text: after the command or, as in tables of figures, names of two parts on their own. */
const CALL = /npm run prove -- ([a-z][\w:-]*)|`((?:e2e|bench|privacy|rounds):[a-z\d-]+)[ `]/g;
const called = (text: string) => [...text.matchAll(CALL)].map(([, full, short]) => full ?? short!);

describe('the table of commands', () => {
  test.each(Object.entries<Command>(COMMANDS))('%s leads to a program that is there', (_, { file, line }) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(line).not.toBe('');
  });

  test('has every name that a document, a comment or a text of the page calls', () => {
    const calls = readTree().flatMap(({ path, text }) => called(text).map((name) => ({ path, name })));
    expect(calls.map(({ name }) => name)).toEqual(expect.arrayContaining(['sim', 'e2e:digits']));
    expect(calls.filter(({ name }) => !names.includes(name))).toEqual([]);
  });

  test('leaves few scripts beside it', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(Object.keys(scripts).length).toBeLessThanOrEqual(SCRIPTS_MAX);
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?(e2e|bench|privacy):/.test(name))).toEqual([]);
  });
});

describe('the runner', () => {
  test('called bare lists every name with its line', () => {
    const { stdout, status } = runProve();
    expect(status).toBe(0);
    expect(stdout).toBe(listing(COMMANDS));
    for (const [name, { line }] of Object.entries<Command>(COMMANDS)) {
      expect(
        stdout.split('\n').some((row) => row.startsWith(`  ${name} `) && row.endsWith(`  ${line}`)),
        name,
      ).toBe(true);
    }
  });

  test('answers an unknown name with near ones and exit code 2', () => {
    const { stdout, stderr, status } = runProve('e2e:tabel');
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toContain('e2e:table');
  });

  test('knows no name from the prototype of objects', () => {
    expect(runProve('constructor').status).toBe(2);
  });

  test.each([
    ['smi', 'sim'],
    ['table', 'e2e:table'],
    ['bench:audit', 'privacy:audit'],
    ['bench:digits', 'e2e:digits'],
  ])('takes %s for %s', (typed, meant) => {
    expect(nearNames(typed, names)[0]).toBe(meant);
  });

  test('has no guess where nothing is near', () => {
    expect(nearNames('xyzzyplugh', names)).toEqual([]);
  });

  test.each([[['--nothing-such']], [['--', '--nothing-such']]])('passes options on as they are, a first -- left out: %j', (options) => {
    const { stderr, status } = runProve('privacy:validate', ...options);
    expect(status).not.toBe(0);
    expect(stderr).toContain("'--nothing-such'");
  });

  test('ends with the exit code of the command', () => {
    expect(runProve('privacy:validate').status).toBe(2);
    expect(runProve('privacy:validate', '--', '--help').status).toBe(0);
  });
});
