/**
 * This core's peak at 128 bits, measured by a C program that gcc compiles in the same run (native-peak.c). Returns a reason instead if
 * there is no gcc or no x86-64.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from './page/alternate.ts';

export interface NativePeak {
  /** The fast end (80th percentile), GFLOP/s, of separate multiply and add, and of fused; 0 if the processor cannot fuse. */
  readonly mulAdd: number;
  readonly fused: number;
}

const SOURCE = fileURLToPath(new URL('./native-peak.c', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../build/bench/native-peak', import.meta.url));

/** @returns a probe that measures anew at each call, or why there is none */
export function openNativePeak(): (() => NativePeak) | string {
  if (process.arch !== 'x64') return `the probe is written for x86-64, this is ${process.arch}`;
  mkdirSync(dirname(PROGRAM), { recursive: true });
  try {
    execFileSync('gcc', ['-O2', '-o', PROGRAM, SOURCE], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    return `no native probe: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
  return () => {
    const turns = execFileSync(PROGRAM, { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    return {
      mulAdd: quantile(
        turns.map((turn) => turn[0]!),
        0.8,
      ),
      fused: quantile(
        turns.map((turn) => turn[1]!),
        0.8,
      ),
    };
  };
}
