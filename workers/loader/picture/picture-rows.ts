/** Collects pictures of one federation as rows: the tensor, and remarks on repeats, rare classes and mixed sizes. images.ts reads files. */
import { MeshError } from '#protocol/errors';
import { classLabelOf, type Task } from '#protocol/manifest/task';
import { noteBalance } from '../lines/class-balance.ts';
import type { Findings } from '../cells/findings.ts';
import type { ImageHeader } from './image-header.ts';
import type { PictureEncoder } from './picture-encode.ts';
import { RAW_BYTES } from '../lines/raw-rows.ts';
import { SeenRows } from '../lines/seen-rows.ts';
import type { ReadRows } from '../lines/read-rows.ts';

const ROWS_NAMED = 5;

/** Encoded rows so far, in a tensor of the largest possible size. */
export class PictureRows {
  readonly capacity: number;
  count = 0;
  readonly #encoder: PictureEncoder;
  readonly #task: Task;
  readonly #findings: Findings;
  readonly #seen = new SeenRows();
  readonly #x: Float32Array<ArrayBuffer>;
  readonly #y: Int32Array<ArrayBuffer>;
  #raw: Uint8Array<ArrayBuffer> | null = null;
  /** Pictures by their size in pixels. */
  readonly #sizes = new Map<string, { readonly rows: number[]; readonly name: string; count: number }>();

  constructor(encoder: PictureEncoder, task: Task, capacity: number, findings: Findings) {
    this.capacity = capacity;
    this.#encoder = encoder;
    this.#task = task;
    this.#findings = findings;
    this.#x = new Float32Array(capacity * encoder.inputs);
    this.#y = new Int32Array(capacity);
  }

  /** @param raw 8-byte hash of its file: all rows have one, or none */
  add(pixels: Uint8Array, label: number, row: number, raw?: Uint8Array): void {
    if (raw !== undefined) (this.#raw ??= new Uint8Array(this.capacity * RAW_BYTES)).set(raw, this.count * RAW_BYTES);
    this.#encoder.encode(pixels, this.#x, this.count * this.#encoder.inputs);
    this.#y[this.count++] = label;
    const [low, high] = pixelHash(pixels, label);
    if (this.#seen.add(low, high) > 0) this.#findings.add({ code: 'duplicates', action: 'kept' }, row);
  }

  /** Notes the size and animation of a picture's file. */
  noteFile({ width, height, animated }: ImageHeader, name: string, row: number): void {
    if (animated) this.#findings.add({ code: 'image-animated', action: 'read-as', got: name, readAs: 'its first frame' }, row);
    const key = `${width} x ${height}`;
    const size = this.#sizes.get(key) ?? { rows: [], name, count: 0 };
    this.#sizes.set(key, size);
    size.count++;
    if (size.rows.length < ROWS_NAMED) size.rows.push(row);
  }

  /** @throws MeshError rows-too-few */
  finish(name: string): ReadRows {
    const label = classLabelOf(this.#task);
    if (this.count === 0)
      throw new MeshError('rows-too-few', { field: 'pictures', expected: 'at least one picture with a label', got: '0' });
    const whole = this.count === this.capacity;
    const rows = whole
      ? { x: this.#x, y: this.#y }
      : { x: this.#x.slice(0, this.count * this.#encoder.inputs), y: this.#y.slice(0, this.count) };
    const classCounts = label.classes.map(() => 0);
    for (const value of rows.y) classCounts[value]!++;
    noteBalance(classCounts, label, this.#findings);
    this.#mixedSizes();
    const report = {
      name,
      columns: 0,
      classCounts,
      hasHeader: false,
      findings: this.#findings.list(),
      synthetic: false,
    };
    return this.#raw === null ? { rows, report } : { rows, report, raw: this.#raw.slice(0, this.count * RAW_BYTES) };
  }

  /** Reports other sizes than the task's, unless all pictures share one with the task's proportions. */
  #mixedSizes(): void {
    const { width, height } = this.#encoder.shape;
    const wanted = `${width} x ${height}`;
    const others = [...this.#sizes].filter(([size]) => size !== wanted);
    const distorted = others.some(([size]) => {
      const [w = 1, h = 1] = size.split(' x ').map(Number);
      return w * height !== h * width;
    });
    if (others.length === 0 || (this.#sizes.size === 1 && !distorted)) return;
    for (const [size, { rows, name, count }] of others) {
      const news = {
        code: 'image-shape',
        action: 'read-as',
        expected: `${wanted} pixels`,
        got: `${name}: ${size}`,
        readAs: `${wanted}, whole`,
      } as const;
      this.#findings.add({ ...news, count: count - rows.length }, null);
      for (const row of rows) this.#findings.add(news, row);
    }
  }
}

/** A 64-bit hash of a row; not secure against attacks. */
function pixelHash(pixels: Uint8Array, label: number): readonly [number, number] {
  let [low, high] = [0x811c9dc5 ^ label, 0x9747b28c ^ label];
  for (const pixel of pixels) {
    low = Math.imul(low ^ pixel, 0x01000193);
    high = Math.imul(high ^ pixel, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return [low, high];
}
