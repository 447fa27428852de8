/**
 * When an update leaves: at a time independent of its lot, because a lot's size is not noised and whoever carries the messages can measure
 * time. A turn is the time that the manifest's largest lot takes on this device, plus half, measured on made-up rows; an update waits for
 * the end of its turn, however soon it is ready. docs/reference/privacy.md says what this does not cover.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { largestLotRows } from '#protocol/privacy/lot-tail';
import type { RandomBytes } from '#protocol/privacy/noise/random-words';
import { unitRowsMax } from '#protocol/manifest/task';
import type { Environment } from '#protocol/driver/ports';

/** For a device that is busier later than while it was measured. */
const MARGIN = 1.5;
/** A pause of the system is longer than a small lot. */
const TURN_LEAST_MS = 50;
/** An update has to arrive, too. */
const DEADLINE_SHARE = 1 / 2;
/** After a turn that was too short it leaves at the next of these, and tells no more than which. */
const LATER_SHARE = 1 / 4;
/** Times what the payment's write took, for those of the update and of its release. */
const WRITES = 3;
/** Rows that are timed at once, and how long they are at most: the rest is reckoned. */
const PART_ROWS = 256;
const MEASURE_MS = 500;

export interface Rehearsing {
  /** Computes a lot of made-up rows in this thread alone, and drops it. */
  rehearseLot(rows: number): void;
  /** Makes the noise of an update in this thread alone, and drops it. */
  rehearseNoise(random: RandomBytes): void;
}

/** @returns milliseconds, of public numbers and this device alone: no row of a member has a part in it */
export function measureTurn(trainer: Rehearsing, { privacy, task, rounds }: ManifestBody, random: RandomBytes, now: () => number): number {
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
 * @param turnMs 0 where nobody watches, as in practice
 * @param asked when the update was asked for @param paid when its payment was on the disk, and so when its lot was begun
 */
export async function endOfTurn(clock: Pick<Environment, 'now' | 'timer'>, asked: number, paid: number, turnMs: number): Promise<void> {
  if (turnMs === 0) return;
  const [first, step] = [paid + turnMs + WRITES * (paid - asked), LATER_SHARE * turnMs];
  const end = first + step * Math.max(0, Math.ceil((clock.now() - first) / step));
  // A timer may come early by what its clock is coarse.
  for (let left = end - clock.now(); left > 0; left = end - clock.now()) {
    await new Promise<void>((resolve) => clock.timer(Math.ceil(left), resolve));
  }
}
