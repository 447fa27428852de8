/**
 * `npm run prove -- NAME --option …`: builds what a command of commands.ts needs, runs it, and ends with its exit code. Without arguments
 * it lists all commands; an unknown name lists similar ones and exits 2. Builds print to stderr, so the last line of stdout stays the
 * verdict.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS, type Command } from './commands.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NEAR = 3;

/** Number of letters to change, add or remove (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** Suggestions for a mistyped `name`: names that contain it or a part of it, then names with similar spelling. */
export function nearNames(name: string, names: readonly string[]): string[] {
  const last = (full: string) => full.slice(full.indexOf(':') + 1);
  const far = (other: string) => {
    if (name.length > 1 && (other.includes(name) || name.includes(last(other)))) return 0;
    return Math.min(distance(name, other), distance(last(name), last(other)));
  };
  return names
    .map((other) => ({ other, edits: far(other) }))
    .filter(({ other, edits }) => edits <= Math.max(2, Math.floor(last(other).length / 2)))
    .sort((a, b) => a.edits - b.edits || a.other.localeCompare(b.other))
    .slice(0, NEAR)
    .map(({ other }) => other);
}

export function listing(commands: Readonly<Record<string, Command>>): string {
  const widest = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { line }]) => `  ${name.padEnd(widest)}  ${line}\n`);
  return `npm run prove -- NAME --option …\n\n${lines.join('')}`;
}

/** Runs it to its end and forwards signals. @returns its exit code, 1 if a signal ended it */
function run(program: string, args: readonly string[], stdout: 'inherit' | 2): Promise<number> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['inherit', stdout, 'inherit'],
    shell: program === 'npm' && process.platform === 'win32',
  });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass);
      resolve(code ?? 1);
    });
  });
}

/** @param args the name and its options, possibly separated by a `--`, which is ignored */
export async function prove(args: readonly string[], commands: Readonly<Record<string, Command>> = COMMANDS): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help') {
    process.stdout.write(listing(commands));
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const near = nearNames(name, Object.keys(commands));
    const hint = near.length === 0 ? 'npm run prove lists all' : `did you mean ${near.join(', ')}?`;
    process.stderr.write(`no command ${JSON.stringify(name)}; ${hint}\n`);
    return 2;
  }
  for (const build of ({ wasm: ['build:wasm'], page: ['build:wasm', 'build:page'], none: [] } as const)[command.needs ?? 'none']) {
    const code = await run('npm', ['run', '--silent', build], 2);
    if (code !== 0) return code;
  }
  const options = rest[0] === '--' ? rest.slice(1) : rest;
  return run(process.execPath, [...(command.flags ?? []), join(ROOT, command.file), ...options], 'inherit');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await prove(process.argv.slice(2));
