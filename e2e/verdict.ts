/** The last line of a command that proves something: what was measured, what it must be, and whether it holds. */
import { machineCard } from '../bench/machine-card.ts';
import { lackOf } from '../scripts/data-place.ts';
import type { SetName } from '../scripts/public-data.ts';

export type Figures = Readonly<Record<string, unknown>>;

/**
 * The figures of a bench say which machine they are of.
 * @param pass null when this machine could not tell; say why in a figure
 */
export function verdict(name: string, pass: boolean | null, figures: Figures, targets: Figures): void {
  const placed = name.startsWith('bench:') ? { ...figures, machine: machineCard() } : figures;
  process.stdout.write(`${JSON.stringify({ name, pass, figures: placed, targets })}\n`);
  process.exitCode = pass === false ? 1 : 0;
}

/** A command without the data that it measures has failed: nobody may take its silence for an answer. */
export function lacking(name: string, set: SetName, targets: Figures): void {
  process.stderr.write(`${lackOf(set)}\n`);
  verdict(name, false, { reason: lackOf(set) }, targets);
}

export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Enough digits to judge, not more than was measured. */
export const round = (value: number, digits = 4): number => Number(value.toFixed(digits));
