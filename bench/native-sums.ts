/**
 * The rules of aggregation at 128 bits without an engine: a C program that gcc compiles in the same run (native-sums.c). A string, with
 * the reason, where there is no gcc or no x86-64.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from './page/alternate.ts';

/** Of one way to compute a rule: does it look for unsound values, as the kernels do? And its milliseconds by turn. */
interface NativeWay {
  readonly rule: string;
  readonly name: string;
  readonly checked: boolean;
  readonly ms: number[];
}

const SOURCE = fileURLToPath(new URL('./native-sums.c', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../build/bench/native-sums', import.meta.url));
const FLAGS = ['-O3', '-mavx', '-mprefer-vector-width=128'];

export interface NativeSums {
  /** Some turns of every way, beside those of earlier calls: between other contenders' turns, so that all share the machine's moods. */
  measure(turns: number): void;
  /** Of the fastest of some ways, the 20th percentile. Prefetching is nothing that WebAssembly can ask for. */
  best(rule: string, kind: { readonly checked: boolean; readonly prefetched: boolean }): { readonly name: string; readonly ms: number };
}

export function openNativeSums(): NativeSums | string {
  if (process.arch !== 'x64') return `written for x86-64, this is ${process.arch}`;
  mkdirSync(dirname(PROGRAM), { recursive: true });
  try {
    execFileSync('gcc', [...FLAGS, '-o', PROGRAM, SOURCE], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
  const taken = new Map<string, NativeWay>();
  return {
    measure(turns) {
      for (const line of execFileSync(PROGRAM, [String(turns)], { encoding: 'utf8' })
        .trim()
        .split('\n')) {
        const [rule, name, checked, ms] = line.split(' ') as [string, string, string, string];
        const key = `${rule} ${name} ${checked}`;
        const way = taken.get(key) ?? { rule, name, checked: checked === '1', ms: [] };
        way.ms.push(Number(ms));
        taken.set(key, way);
      }
    },
    best(rule, { checked, prefetched }) {
      const ways = [...taken.values()].filter(
        (way) => way.rule === rule && way.checked === checked && (prefetched || !way.name.endsWith('_prefetched')),
      );
      const [first] = ways.map(({ name, ms }) => ({ name, ms: quantile(ms, 0.2) })).sort((a, b) => a.ms - b.ms);
      if (first === undefined) throw new Error(`expected a native way for ${rule}, got none`);
      return first;
    },
  };
}
