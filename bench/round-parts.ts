/** The time of rounds on the digits, split along the participant whose update leaves last (rounds.ts). */
import { round } from '../e2e/verdict.ts';
import type { PartTimes } from './page/part-times.ts';
import type { MemberRound } from './round-member.ts';

/** What a participant told, by round, and the times of its parts, where they are watched. */
export interface Told {
  readonly lines: ReadonlyMap<number, MemberRound>;
  readonly parts: readonly PartTimes[];
}

/**
 * `open`: from the last participant's record until the update's first kernel; `train`: until its gradients are summed; `noise`: until noise is
 * added; `turn`: written to disk and held back until its turn ends (workers/trainer/turn.ts), then handed to the links; `send`: until its seat's
 * receipt; `decide`: until all hold the record.
 */
const PARTS = ['open', 'train', 'noise', 'turn', 'send', 'decide'] as const;
type Part = (typeof PARTS)[number];

/** Milliseconds; null if its times were not watched. */
function partsOf(member: Told, sent: number, start: number, end: number): Record<Part, number> | null {
  const within = member.parts
    .flatMap((times) => ('made' in times ? times.made : []))
    .filter(({ from, ready }) => from >= start && ready <= sent);
  const receipts = member.parts.flatMap((times) => ('receivedAt' in times ? times.receivedAt : []));
  const made = within.at(-1);
  if (made === undefined) return null;
  const { from, summed, ready } = made;
  const received = receipts.find((at) => at >= sent && at <= end) ?? sent;
  return {
    open: from - start,
    train: summed - from,
    noise: ready - summed,
    turn: sent - ready,
    send: received - sent,
    decide: end - received,
  };
}

/** Of the rounds that all of these decided in a span of time. `share` and `ms` are null where nobody's parts were watched. */
export function summary(members: readonly Told[], from: number, to: number) {
  const numbers = [...members[0]!.lines.keys()].filter((number) => members.every(({ lines }) => lines.has(number))).sort((a, b) => a - b);
  const endOf = (number: number) => Math.max(...members.map(({ lines }) => lines.get(number)!.decidedAt));
  const within = numbers.filter((number) => endOf(number) >= from && endOf(number) < to);
  const whole: Record<Part, number>[] = [];
  let longest = 0;
  for (const number of within) {
    if (!numbers.includes(number - 1)) continue;
    const [start, end] = [endOf(number - 1), endOf(number)];
    longest = Math.max(longest, end - start);
    const sentOf = ({ lines }: Told) => lines.get(number)!.updateSentAt ?? 0;
    const last = members.toSorted((a, b) => sentOf(b) - sentOf(a))[0]!;
    const parts = sentOf(last) > end ? null : partsOf(last, sentOf(last), start, end);
    if (parts !== null) whole.push(parts);
  }
  const sum = (part: Part) => whole.reduce((ms, parts) => ms + parts[part], 0);
  const total = PARTS.reduce((ms, part) => ms + sum(part), 0);
  const each = (value: (part: Part) => number) =>
    whole.length === 0 ? null : Object.fromEntries(PARTS.map((part) => [part, value(part)]));
  return {
    roundsPerSecond: round((within.length * 1000) / (to - from), 2),
    ms: each((part) => round(sum(part) / whole.length, 2)),
    share: each((part) => round(sum(part) / total, 3)),
    longestMs: Math.round(Math.max(longest, ...(within.length === 0 ? [to - from] : []))),
  };
}
