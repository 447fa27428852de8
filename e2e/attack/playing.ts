/** Runs one.ts of a tree as a program, with the attacker on the first processor if there are two. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { onCore } from '../relay-process.ts';
import { ROOT } from './tree.ts';

const ATTACKERS_CORE = 0;
const HONEST_CORE = 1;
const PLAY_MS = 180_000;
const RATE_MS = 30_000;

export type Played =
  | { readonly succeeded: boolean; readonly evidence: Readonly<Record<string, unknown>>; readonly rssGrowthMB: number | null }
  | { readonly error: string };

interface Rated {
  readonly modelsPerMinute?: number;
  readonly error?: string;
}

let cores: boolean | null = null;
/** Whether attackers and members can use different processors here. */
export function hasCores(): boolean {
  cores ??= availableParallelism() >= 2 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  return cores;
}

/** @returns the last line of its output */
function lastLine(command: readonly string[]): Promise<string> {
  const [program, ...args] = command;
  // A process group, so that its leftover children end with it.
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-2000)));
  return new Promise((resolve) => {
    const endGroup = () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It has already ended.
      }
    };
    const late = setTimeout(endGroup, PLAY_MS);
    child.once('close', (code, signal) => {
      clearTimeout(late);
      endGroup();
      resolve(out.trimEnd().split('\n').at(-1) || JSON.stringify({ error: `ended with ${code ?? signal}: ${err}` }));
    });
  });
}

const ONE = (root: string) => [process.execPath, join(root, 'e2e/attack/one.ts')];

function parsed<T>(line: string): T | { readonly error: string } {
  try {
    return JSON.parse(line) as T;
  } catch {
    return { error: line.slice(0, 500) };
  }
}

/** The attack's outcome in a tree. */
export async function play(root: string, name: string): Promise<Played> {
  return parsed<Played>(await lastLine([...ONE(root), 'run', name]));
}

/** Models per minute of honest members under an attack's flood, or under `control`. */
export async function rateUnder(name: string): Promise<number> {
  const command = onCore(ATTACKERS_CORE, [...ONE(ROOT), 'rate', name, String(RATE_MS), String(HONEST_CORE)]);
  const { modelsPerMinute, error } = parsed<Rated>(await lastLine(command)) as Rated;
  if (error !== undefined) process.stdout.write(`${name}: rounds not counted: ${error}\n`);
  return modelsPerMinute ?? Number.NaN;
}

/** Keeps the attackers' processor as busy as an attacker would. */
export function dummyLoad(): ChildProcess {
  const [program, ...args] = onCore(ATTACKERS_CORE, [process.execPath, '--eval', 'for (;;);']);
  return spawn(program!, args, { stdio: 'ignore' });
}
