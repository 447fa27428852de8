/**
 * The part of a founder's form that describes recordings, as plain data, and the resulting task. Numbers are kept as typed; the worker's
 * check reports errors.
 */
import type { SequenceTask } from '#protocol/manifest/task';
import type { ChannelGuess, RecordingsGuess } from '#workers/founding/api';
import { linesOf, numberOf } from '../typed-text.ts';

export interface ChannelForm {
  readonly name: string;
  readonly min: string;
  readonly max: string;
  /** Empty: the middle of the range. */
  readonly typical: string;
  /** Why the sample suggests that it is not an input; null if it does not. */
  readonly unread: ChannelGuess['unread'];
  readonly read: boolean;
}

export interface SequenceForm {
  /** Of the sample, and how many it has; 0 if there is none. */
  readonly name: string;
  readonly recordings: number;
  /** Of the sample's recordings, those whose clock runs back. */
  readonly backwards: number;
  readonly channels: readonly ChannelForm[];
  readonly person: RecordingsGuess['person'];
  readonly recording: string;
  readonly label: string;
  /** One per line. */
  readonly classes: string;
  readonly length: string;
  readonly hop: string;
  readonly windowsMax: string;
  /** Moments per second if phones record; null if members bring files. */
  readonly rate: number | null;
}

export const EMPTY_SEQUENCE: SequenceForm = {
  name: '',
  recordings: 0,
  backwards: 0,
  channels: [],
  person: null,
  recording: 'recording',
  label: 'label',
  classes: '',
  length: '64',
  hop: '32',
  windowsMax: '4',
  rate: null,
};

const axis = (name: string): ChannelForm => ({ name, min: '-30', max: '30', typical: '0', unread: null, read: true });

/**
 * Movements that members record with phones: acceleration with gravity along x, y and z in m/s2, three times gravity at most, 25 times a
 * second, in windows of 2.56 seconds that overlap by half. Of a recording longer than 21.8 seconds, 16 windows count.
 */
export const MOTION_SEQUENCE: SequenceForm = {
  ...EMPTY_SEQUENCE,
  channels: ['x', 'y', 'z'].map(axis),
  label: 'activity',
  windowsMax: '16',
  rate: 25,
};

/** As a sample proposes it. */
export function sequenceFormOf({
  name,
  recordings,
  backwards,
  channels,
  person,
  recording,
  label,
  classes,
  length,
  hop,
  windowsMax,
}: RecordingsGuess): SequenceForm {
  return {
    name,
    recordings,
    backwards,
    channels: channels.map((channel) => ({
      name: channel.name,
      min: String(channel.min),
      max: String(channel.max),
      typical: String(channel.typical),
      unread: channel.unread,
      read: channel.read,
    })),
    person,
    recording,
    label,
    classes: classes.join('\n'),
    length: String(length),
    hop: String(hop),
    windowsMax: String(windowsMax),
    rate: null,
  };
}

export function sequenceTaskOf({ channels, length, hop, windowsMax, recording, rate, label, classes }: SequenceForm): SequenceTask {
  return {
    kind: 'sequence',
    channels: channels
      .filter(({ read }) => read)
      .map(({ name, min, max, typical }) => ({
        name: name.trim(),
        min: numberOf(min),
        max: numberOf(max),
        ...(typical.trim() === '' ? {} : { typical: numberOf(typical) }),
      })),
    length: numberOf(length),
    hop: numberOf(hop),
    windowsMax: numberOf(windowsMax),
    recording: recording.trim(),
    ...(rate === null ? {} : { motion: { rate } }),
    label: { name: label.trim(), classes: linesOf(classes) },
  };
}

/** Index among the draft's channels of the form's channel i, which is read. */
export function channelIndex({ channels }: SequenceForm, i: number): number {
  return channels.slice(0, i).filter(({ read }) => read).length;
}
