/**
 * Seeded draws for sample data: SHA-256 in counter mode, the same on every machine. Only + - * / are applied to them, because sin, exp and
 * the like differ between engines. For made-up data only; nothing private is ever drawn from here.
 */
import { createHash } from 'node:crypto';

export interface Draws {
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Nearly normal (Irwin-Hall of 12), mean 0, deviation 1, never beyond 6. */
  bell(): number;
  /** One of the list, all equally likely. */
  pick<T>(list: readonly T[]): T;
}

export function seededDraws(seed: string): Draws {
  let counter = 0;
  let block: Buffer = Buffer.alloc(0);
  let at = 0;
  const uniform = () => {
    if (at >= block.length) {
      block = createHash('sha256').update(`sovereign-mesh/1/sample\0${seed}\0${counter++}`).digest();
      at = 0;
    }
    const value = block.readUInt32LE(at) / 2 ** 32;
    at += 4;
    return value;
  };
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    bell() {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += uniform();
      return sum;
    },
    pick: (list) => list[Math.floor(uniform() * list.length)]!,
  };
}
