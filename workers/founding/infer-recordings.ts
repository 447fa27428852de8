/**
 * A schema of recordings proposed from a sample: channels with round public ranges and typical values, answers, and windows that suit most
 * recordings. Reads files on the founder's device; nothing of them is sent, and proposals become public only with the manifest.
 */
import { SEQUENCE_CHANNELS_MAX } from '#protocol/limits';
import { clockOf, readClock } from '../loader/cells/clock.ts';
import { readNumber } from '../loader/cells/number-cell.ts';
import { quantileOf } from '../loader/cells/quantile.ts';
import type { ChannelGuess, RecordingsGuess } from './api.ts';
import { compareValues, guessColumn, wholeColumn } from './column-guess.ts';
import type { RoundNumbers } from './round-range.ts';
import type { RecordingSample } from './recording-sample.ts';

const NAME_CHARS_MAX = 64;
/** Proposed window lengths in moments, and windows per recording. */
const LENGTH = { min: 8, max: 128 } as const;
const WINDOWS_MAX = 16;
/** Share of recordings that should count with all of their windows. */
const WHOLE_SHARE = 0.75;

export function inferRecordings(sample: RecordingSample): RecordingsGuess {
  const { name, names, recordings, lengths, recording, person, label, answers, cut, commaIsFree } = sample;
  const backwards = new Set<number>();
  const channels = names.flatMap((column, i) => {
    const each = recordings.map((lines) => lines.map((line) => line[i]!));
    const times = each.map((cells) => cells.map((cell) => readClock(cell, commaIsFree)).filter((time) => !Number.isNaN(time)));
    const clock = clockOf(column, times);
    if (clock !== null) for (const [place, of] of times.entries()) if (runsBack(of)) backwards.add(place);
    const cells = each.flat();
    const { range: seen, reason, missing } = guessColumn(column, wholeColumn(cells), { named: true, cut, comma: commaIsFree });
    if (seen === null) return [];
    const range = scaledBefore(cells, commaIsFree) ?? seen;
    const unread: ChannelGuess['unread'] =
      clock !== null ? 'clock' : reason === 'constant' ? 'constant' : reason === 'identifier' ? 'counter' : null;
    return [{ name: column.slice(0, NAME_CHARS_MAX), ...range, missing, unread, read: unread === null }];
  });
  // A counter says nothing about what was measured, so it is used only if there is nothing else; a clock never is.
  const useful = channels.some(({ read }) => read)
    ? channels
    : channels.map((channel) => ({ ...channel, read: channel.unread !== 'clock' }));
  return {
    name,
    recordings: lengths.length,
    lines: lengths.reduce((sum, length) => sum + length, 0),
    backwards: backwards.size,
    channels: bounded(useful),
    ...windowsFor(lengths),
    recording,
    person,
    label,
    classes: answers.toSorted(compareValues),
  };
}

/** Values that were already scaled to -1 to 1: that range and its middle reveal nothing more, and serve as well. */
function scaledBefore(cells: readonly string[], commaIsFree: boolean): RoundNumbers | null {
  let [low, high, fractions] = [Infinity, -Infinity, false];
  for (const cell of cells) {
    const read = readNumber(cell, Infinity);
    if (read === null) continue;
    const value = commaIsFree ? read.withComma : read.value;
    low = Math.min(low, value);
    high = Math.max(high, value);
    fractions ||= !Number.isInteger(value);
  }
  return low === -1 && high === 1 && fractions ? { min: -1, max: 1, typical: 0 } : null;
}

const runsBack = (times: readonly number[]): boolean => times.some((time, i) => i > 0 && time < times[i - 1]!);

function bounded(channels: readonly ChannelGuess[]): ChannelGuess[] {
  let read = 0;
  return channels.map((channel) => ({ ...channel, read: channel.read && ++read <= SEQUENCE_CHANNELS_MAX }));
}

/** A power of two that at least half of the recordings fill, with windows that overlap by half. */
export function windowsFor(lengths: readonly number[]): Pick<RecordingsGuess, 'length' | 'hop' | 'windowsMax'> {
  const sorted = lengths.toSorted((a, b) => a - b);
  const usual = 2 ** Math.floor(Math.log2(quantileOf(sorted, 0.5) || LENGTH.max));
  const length = Math.min(LENGTH.max, Math.max(LENGTH.min, usual));
  const hop = length / 2;
  const long = quantileOf(sorted, WHOLE_SHARE) || length;
  const windows = long <= length ? 1 : Math.floor((long - length) / hop) + 1;
  return { length, hop, windowsMax: Math.min(WINDOWS_MAX, 2 ** Math.ceil(Math.log2(windows))) };
}
