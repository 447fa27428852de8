/**
 * Remarks on a recording: why it is left out, or what is worth knowing about it. Each is judged on its own, except for copies and for a
 * rate that no manifest names, which are compared with the others.
 */
import type { SequenceTask } from '#protocol/manifest/task';
import { middleOf } from '../cells/quantile.ts';
import { shownCell } from '../cells/cell.ts';
import type { Findings, News } from '../cells/findings.ts';
import { oneOf } from '../cells/name-list.ts';
import { SeenRows } from '../lines/seen-rows.ts';
import type { Gathered } from './sequence-book.ts';
import { windowCount } from './sequence-rows.ts';

/** Rates that differ by more than this share are different. */
const RATE_MARGIN = 0.2;
/** Times may be in s, ms, µs or ns. */
const PARTS_OF_A_SECOND = [1, 1e3, 1e6, 1e9];
/** Moments with times that a rate needs, and moments from which a constant value is odd. */
const TIMED_MIN = 3;
const CONSTANT_MIN = 8;
/** Smallest share of values that are not gaps. */
const PRESENT_SHARE_MIN = 0.5;

/** Moments per second, or per unit of a clock that does not name its unit; null if unknown. */
function rateOf({ timed, began, ended, clock }: Gathered): number | null {
  return timed >= TIMED_MIN && ended > began ? (timed - 1) / (ended - began) / (clock?.seconds ?? 1) : null;
}

/** Why a recording cannot be used, apart from its answer; null if it can. */
export function faultOf(recording: Gathered, { channels, motion }: SequenceTask): News | null {
  const { id, moments, present, backAt } = recording;
  const leave = (code: News['code'], expected: string, got: string): News => ({ code, action: 'left-out', expected, got });
  if (present < PRESENT_SHARE_MIN * moments * channels.length) {
    const gaps = moments * channels.length - present;
    return leave('recording-gaps', 'mostly numbers', `${shownCell(id)}: ${gaps} of ${moments * channels.length} values are missing`);
  }
  if (backAt >= 0) return leave('recording-order', 'lines in order of time', `${shownCell(id)}: line ${backAt} is earlier`);
  const rate = rateOf(recording);
  if (motion === undefined || rate === null) return null;
  const parts = recording.clock?.seconds == null ? PARTS_OF_A_SECOND : [1];
  const factor = parts.reduce((a, b) => (distance(rate * b, motion.rate) < distance(rate * a, motion.rate) ? b : a));
  if (distance(rate * factor, motion.rate) <= Math.log(1 + RATE_MARGIN)) return null;
  const found = Number((rate * factor).toPrecision(3));
  return leave('recording-rate', `${motion.rate} lines per second`, `${shownCell(id)}: ${found} per second`);
}

const distance = (a: number, b: number): number => Math.abs(Math.log(a / b));

/** Why a recording has no answer to learn; null if it has one. */
export function answerFault({ id, row, label, answer, differs }: Gathered, of: SequenceTask['label']): News | null {
  const about = { action: 'left-out', column: of.name } as const;
  if (differs !== null) {
    const got = `${shownCell(id)}: ${shownCell(answer!)} in line ${row}, ${shownCell(differs.answer)} in line ${differs.row}`;
    return { ...about, code: 'recording-answers', expected: 'one answer', got };
  }
  if (label >= 0) return null;
  const got = answer === null ? shownCell(id) : `${shownCell(id)}: ${shownCell(answer)}`;
  return { ...about, code: 'recording-unlabelled', expected: oneOf(of.classes), got };
}

/** Remarks on the recordings in use. */
export class Remarks {
  readonly #task: SequenceTask;
  readonly #findings: Findings;
  readonly #seen = new SeenRows();
  readonly #rate: number | null;

  /** @param recordings all that are in use */
  constructor(task: SequenceTask, recordings: readonly Gathered[], findings: Findings) {
    this.#task = task;
    this.#findings = findings;
    const rates = recordings.map(rateOf).filter((rate) => rate !== null);
    this.#rate = task.motion !== undefined || rates.length === 0 ? null : middleOf(rates);
  }

  /** @param line number of its first line; null if that means nothing */
  note(recording: Gathered, line: number | null): void {
    const { channels, length, windowsMax } = this.#task;
    const { id, moments } = recording;
    const add = (news: News) => this.#findings.add(news, line);
    const [low, high] = recording.raw.words();
    if (this.#seen.add(low, high) > 0) add({ code: 'recording-copies', action: 'kept', got: shownCell(id) });
    if (moments < length) {
      const got = `${shownCell(id)}: ${moments} moments`;
      add({ code: 'recording-short', action: 'read-as', expected: `${length} moments`, got, readAs: 'typical values at its end' });
    }
    const left = windowCount(this.#task, moments) - windowsMax;
    if (left > 0) {
      const expected = `at most ${windowsMax} windows of one recording`;
      this.#findings.add({ code: 'recording-windows', action: 'left-out', count: left, expected }, null);
    }
    const values = recording.values(channels.length);
    for (const [i, { name }] of channels.entries()) {
      if (moments >= CONSTANT_MIN && isConstant(values, i, channels.length)) {
        add({ code: 'recording-constant', action: 'kept', column: name, got: shownCell(id) });
      }
    }
    const rate = rateOf(recording);
    if (this.#rate !== null && rate !== null && distance(rate, this.#rate) > Math.log(1 + RATE_MARGIN)) {
      const times = Number((rate / this.#rate).toPrecision(2));
      add({ code: 'recording-rate', action: 'kept', expected: 'the rate of most others', got: `${shownCell(id)}: ${times} times as fast` });
    }
  }
}

function isConstant(values: Float32Array, from: number, step: number): boolean {
  for (let i = from + step; i < values.length; i += step) if (values[i] !== values[from]) return false;
  return !Number.isNaN(values[from]);
}
