/**
 * When an update leaves: at a time independent of its lot, because a lot's size is not noised and whoever carries the messages can measure
 * time. A turn is the time that the manifest's largest lot takes on this device, measured on made-up rows, plus half; however soon an
 * update is ready, it waits for the end of its turn. docs/reference/privacy.md says what this does not cover.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { largestLotRows } from '#protocol/privacy/lot-tail';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { unitRowsMax } from '#protocol/manifest/task';
import type { Environment } from '#protocol/driver/ports';

/** The device may be busier later than during the measurement. */
const MARGIN = 1.5;
/** Longer than a pause of the system, which exceeds the time of a small lot. */
const TURN_LEAST_MS = 50;
/** The update must also arrive before the deadline. */
const DEADLINE_SHARE = 1 / 2;
/** After a turn that was too short, the update leaves at the next of these steps, and reveals only which. */
const LATER_SHARE = 1 / 4;
/** Multiples of the payment's write time, for writing the update and its release. */
const WRITES = 3;
/** Rows timed at once, and the longest time spent on them; the rest is extrapolated. */
const PART_ROWS = 256;
const MEASURE_MS = 500;

export interface Rehearsing {
  /** Computes a lot of made-up rows in this thread alone, and discards it. */
  rehearseLot(rows: number): void;
  /** Makes the noise of an update in this thread alone, and discards it. */
  rehearseNoise(random: RandomFill): void;
}

/** @returns milliseconds, from public numbers and this device's speed alone: independent of the member's rows */
export function measureTurn(trainer: Rehearsing, { privacy, task, rounds }: ManifestBody, random: RandomFill, now: () => number): number {
  const unitRows = unitRowsMax(task);
  const rows = largestLotRows(privacy.rowsMax, privacy.rate, unitRows);
  const part = Math.max(unitRows, Math.min(rows, PART_ROWS));
  trainer.rehearseLot(part); // the first one compiles
  const from = now();
  let done = 0;
  do trainer.rehearseLot(part);
  while ((done += part) < rows && now() - from < MEASURE_MS);
  const lots = ((now() - from) * rows) / done;
  const before = now();
  trainer.rehearseNoise(random);
  const turn = Math.max(TURN_LEAST_MS, MARGIN * (lots + (now() - before)));
  return Math.min(turn, DEADLINE_SHARE * rounds.deadlineMs);
}

/**
 * Resolves at the end of the turn that began with a payment.
 * @param turnMs 0 if nobody watches, as in practice
 * @param asked when the update was requested @param paid when its payment was on disk, which is when its lot began
 */
export async function endOfTurn(clock: Pick<Environment, 'now' | 'timer'>, asked: number, paid: number, turnMs: number): Promise<void> {
  if (turnMs === 0) return;
  const [first, step] = [paid + turnMs + WRITES * (paid - asked), LATER_SHARE * turnMs];
  const end = first + step * Math.max(0, Math.ceil((clock.now() - first) / step));
  // A timer with a coarse clock may fire early.
  for (let left = end - clock.now(); left > 0; left = end - clock.now()) {
    await new Promise<void>((resolve) => clock.timer(Math.ceil(left), resolve));
  }
}
