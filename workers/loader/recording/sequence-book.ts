/**
 * Collects recordings from lines in any order: each recording's raw values, the hash of its lines, its answer and its times. Values and
 * recordings are bounded; past the bound, recordings are only counted, for the refusal. sequence-files.ts splits files; sequence-remarks.ts
 * judges recordings.
 */
import { MeshError } from '#protocol/errors';
import { TABLE_BYTES_MAX } from '#protocol/limits';
import { isOneWay, type Clock } from '../cells/clock.ts';
import { giveBack } from '../lines/give-back.ts';
import { RawHash } from '../lines/raw-hash.ts';
import { SeenRows, unitName } from '../lines/seen-rows.ts';

const MOMENTS_MIN = 16;
/** If more than this share of recordings runs backwards by an unnamed clock, it was a measurement. */
const BACK_SHARE = 0.2;

export class Gathered {
  readonly id: string;
  /** Line of its first moment. */
  readonly row: number;
  /** Class number; -1 while none is known. */
  label = -1;
  /** The answer in its first line; null if lines have none. */
  answer: string | null = null;
  /** The first line with another answer. */
  differs: { readonly row: number; readonly answer: string } | null = null;
  /** Hashes of the last cell with an answer: equal hashes are the same text. */
  answerLow = 0;
  answerHigh = 0;
  moments = 0;
  /** Values that are not gaps. */
  present = 0;
  /** The clock, or null; times of the first and last moment, or NaN; the line where it first ran backwards, or -1. */
  clock: Clock | null = null;
  began = NaN;
  ended = NaN;
  backAt = -1;
  /** Lines with a time, and steps backwards. */
  timed = 0;
  back = 0;
  /** Hash of all cells except the recording's name and its answer. */
  readonly raw = new RawHash();
  #values: Float32Array<ArrayBuffer>;

  constructor(id: string, row: number, channels: number) {
    this.id = id;
    this.row = row;
    this.#values = new Float32Array(MOMENTS_MIN * channels);
  }

  /** Moments x channels, raw. */
  values(channels: number): Float32Array<ArrayBuffer> {
    return this.#values.subarray(0, this.moments * channels);
  }

  /** @returns bytes allocated in addition */
  add(line: Float32Array, present: number): number {
    const at = this.moments * line.length;
    let grown = 0;
    if (at === this.#values.length) {
      const old = this.#values;
      this.#values = new Float32Array(2 * old.length);
      this.#values.set(old);
      grown = old.byteLength;
      giveBack(old.buffer);
    }
    this.#values.set(line, at);
    this.moments++;
    this.present += present;
    return grown;
  }

  /** @param time NaN if the line has none */
  noteTime(time: number, clock: Clock, row: number): void {
    if (Number.isNaN(time)) return;
    this.clock = clock;
    if (this.timed === 0) this.began = time;
    else if (time < this.ended) {
      this.back++;
      if (this.backAt < 0) this.backAt = row;
    }
    this.ended = time;
    this.timed++;
  }

  /** The supposed clock was a measurement. */
  forgetTimes(): void {
    this.timed = 0;
    this.backAt = -1;
  }
}

export class RecordingBook {
  /** In the order of their first lines. */
  readonly recordings: Gathered[] = [];
  /** Recordings past the bound. */
  beyond = 0;
  readonly #channels: number;
  readonly #most: number;
  readonly #byId = new Map<string, Gathered>();
  readonly #seen = new SeenRows();
  #bytes = 0;

  /** @param most limit of recordings kept */
  constructor(channels: number, most: number) {
    this.#channels = channels;
    this.#most = most;
  }

  /** The recording of that name, created if new; null past the bound. */
  of(id: string, row: number): Gathered | null {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    if (this.recordings.length === this.#most) {
      const name = unitName(id);
      if (this.#seen.add(name % 2 ** 32, name / 2 ** 32) === 0) this.beyond++;
      return null;
    }
    const begun = new Gathered(id, row, this.#channels);
    this.#byId.set(id, begun);
    this.recordings.push(begun);
    this.#grow(MOMENTS_MIN * this.#channels * 4);
    return begun;
  }

  add(recording: Gathered, line: Float32Array, present: number): void {
    this.#grow(recording.add(line, present));
  }

  /** A named clock must go mostly one way; an unnamed one forward in nearly all recordings, and it gives no rate. */
  judgeClocks(): void {
    const [named, unnamed] = [true, false].map((kind) => this.recordings.filter(({ clock }) => clock?.named === kind));
    const sum = (of: (one: Gathered) => number) => named!.reduce((total, one) => total + of(one), 0);
    const measured = !isOneWay(
      sum(({ back }) => back),
      sum(({ timed }) => Math.max(0, timed - 1)),
    );
    if (measured) for (const recording of named!) recording.forgetTimes();
    const runBack = unnamed!.filter(({ backAt }) => backAt >= 0).length > BACK_SHARE * unnamed!.length;
    for (const recording of unnamed!) {
      if (runBack) recording.forgetTimes();
      else recording.timed = 0;
    }
  }

  /** @throws MeshError file-too-large */
  #grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= TABLE_BYTES_MAX) return;
    const expected = `at most ${TABLE_BYTES_MAX / 2 ** 20} MB of measured values`;
    throw new MeshError('file-too-large', { field: 'recordings', expected, got: `more after ${this.recordings.length} recordings` });
  }
}
