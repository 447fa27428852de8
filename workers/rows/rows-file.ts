/**
 * The file that keeps parsed rows over a reload: a preamble, a header in JSON, and the arrays as they are in memory (little-endian),
 * each with its SHA-256. The preamble is written last, so a file that a crash tore has none; a file that is torn, of another
 * federation or of a version that is not known reads as null and is never trusted. Not encrypted: it stays in this origin's storage.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import type { Hash } from '#protocol/codec';
import { COLUMNS_MAX, MEMBER_ROWS_MAX, TABLE_BYTES_MAX } from '#protocol/limits';
import type { KeptRows } from './loaded-rows.ts';
import type { Answers } from '../training-rows.ts';
import type { TrainingRows } from '../training-rows.ts';

z.config({ jitless: true });

/** "SMROWS", a zero; then comes the version of this layout. */
const MAGIC = new Uint8Array([0x53, 0x4d, 0x52, 0x4f, 0x57, 0x53, 0]);
/** By what y is: int32 classes, or float32 answers, which pages that only know classes take for no file of theirs. */
const VERSIONS = { classes: 1, numbers: 2 } as const;
/** Magic, u32 bytes of the header, its SHA-256. */
const PREAMBLE_BYTES = 48;
const LENGTH_AT = 8;
const HASH_AT = 16;
/** A report with every finding and a class count for each class is far below it. */
const HEADER_BYTES_MAX = 4 * 1024 * 1024;

const PARTS = ['x', 'y', 'units', 'heldOut.x', 'heldOut.y', 'heldOut.units'] as const;
type PartName = (typeof PARTS)[number];

const whole = z.int().check(z.minimum(0));
const text = z.nullable(z.string());
const findingShape = z.object({
  code: z.string(),
  action: z.enum(['left-out', 'read-as', 'kept']),
  column: text,
  count: whole,
  rows: z.array(z.number()),
  expected: text,
  got: text,
  readAs: text,
});
const headerShape = z.object({
  federation: z.string(),
  digest: z.string().check(z.length(43)),
  answers: z.optional(z.literal('numbers')),
  report: z.object({
    name: z.string(),
    rows: whole,
    heldOut: whole,
    units: whole,
    columns: whole.check(z.maximum(COLUMNS_MAX + 1)),
    classCounts: z.array(whole),
    hasHeader: z.boolean(),
    findings: z.array(findingShape),
    synthetic: z.boolean(),
  }),
  parts: z.array(z.object({ name: z.enum(PARTS), length: whole, hash: z.string().check(z.length(64)) })),
});

export interface FilePiece {
  /** Offset in bytes. */
  readonly at: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
const aligned = (at: number) => Math.ceil(at / 8) * 8;
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array) =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

function arraysOf({ rows, heldOut }: KeptRows): [PartName, Float32Array | Int32Array][] {
  const side = (of: TrainingRows, prefix: '' | 'heldOut.') => [
    [`${prefix}x`, of.x] as [PartName, Float32Array],
    [`${prefix}y`, of.y] as [PartName, Answers],
    ...(of.units === undefined ? [] : [[`${prefix}units`, of.units] as [PartName, Int32Array]]),
  ];
  return [...side(rows, ''), ...side(heldOut, 'heldOut.')];
}

/** Pieces of the file, in the order in which they are written: the one that makes it valid comes last. Arrays are not copied. */
export async function layOutRows(
  federation: Hash,
  kept: KeptRows,
): Promise<{ readonly bytes: number; readonly body: readonly FilePiece[]; readonly preamble: FilePiece }> {
  const arrays = arraysOf(kept);
  const parts = [];
  for (const [name, values] of arrays) {
    parts.push({ name, length: values.length, hash: bytesToHex(await sha256(bytesOf(values))) });
  }
  const numbers = kept.rows.y instanceof Float32Array;
  // The version stands before what is hashed, so the header says the same once more.
  const about = { federation, digest: kept.digest, answers: numbers ? 'numbers' : undefined, report: kept.report, parts };
  const header = new TextEncoder().encode(JSON.stringify(about));
  const preamble = new Uint8Array(PREAMBLE_BYTES);
  preamble.set([...MAGIC, numbers ? VERSIONS.numbers : VERSIONS.classes]);
  new DataView(preamble.buffer).setUint32(LENGTH_AT, header.length, true);
  preamble.set(await sha256(header), HASH_AT);
  const body: FilePiece[] = [{ at: PREAMBLE_BYTES, bytes: header }];
  let at = aligned(PREAMBLE_BYTES + header.length);
  for (const [, values] of arrays) {
    body.push({ at, bytes: bytesOf(values) });
    at = aligned(at + values.byteLength);
  }
  const last = body.at(-1)!;
  return { bytes: last.at + last.bytes.length, body, preamble: { at: 0, bytes: preamble } };
}

/** Null for anything but a whole file of this federation. Memory: the arrays, and one of them twice for a moment. */
export async function readRowsFile(federation: Hash, file: Blob): Promise<KeptRows | null> {
  const found = await readHeader(file);
  if (found === null || found.header.federation !== federation) return null;
  const { header } = found;
  const arrays = new Map<PartName, Uint8Array<ArrayBuffer>>();
  let at = aligned(found.end);
  for (const { name, length, hash } of header.parts) {
    const bytes = length * 4;
    // What is empty takes no room: it may lie behind the end, which is where the last number ends, a multiple of 8 or not.
    if (arrays.has(name) || bytes > TABLE_BYTES_MAX || (bytes > 0 && at + bytes > file.size)) return null;
    const part = new Uint8Array(await file.slice(at, at + bytes).arrayBuffer());
    if (part.length !== bytes || bytesToHex(await sha256(part)) !== hash) return null;
    arrays.set(name, part);
    at = aligned(at + bytes);
  }
  const rows = sideOf(arrays, '', found.numbers);
  const heldOut = sideOf(arrays, 'heldOut.', found.numbers);
  if (rows === null || heldOut === null || rows.y.length === 0 || rows.y.length > MEMBER_ROWS_MAX) return null;
  if (rows.y.length !== header.report.rows || heldOut.y.length !== header.report.heldOut) return null;
  return { rows, heldOut, report: header.report as KeptRows['report'], digest: header.digest as Hash };
}

interface Header {
  readonly header: z.infer<typeof headerShape>;
  readonly numbers: boolean;
  readonly end: number;
}

async function readHeader(file: Blob): Promise<Header | null> {
  const start = new Uint8Array(await file.slice(0, PREAMBLE_BYTES).arrayBuffer());
  if (start.length !== PREAMBLE_BYTES || MAGIC.some((byte, i) => start[i] !== byte)) return null;
  const version = start[MAGIC.length]!;
  if (version !== VERSIONS.classes && version !== VERSIONS.numbers) return null;
  const numbers = version === VERSIONS.numbers;
  const length = new DataView(start.buffer).getUint32(LENGTH_AT, true);
  const end = PREAMBLE_BYTES + length;
  if (length > HEADER_BYTES_MAX || end > file.size) return null;
  const bytes = new Uint8Array(await file.slice(PREAMBLE_BYTES, end).arrayBuffer());
  const hash = await sha256(bytes);
  if (hash.some((byte, i) => start[HASH_AT + i] !== byte)) return null;
  try {
    const parsed = headerShape.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return parsed.success && (parsed.data.answers === 'numbers') === numbers ? { header: parsed.data, numbers, end } : null;
  } catch {
    return null; // no JSON
  }
}

function sideOf(arrays: ReadonlyMap<PartName, Uint8Array<ArrayBuffer>>, prefix: '' | 'heldOut.', numbers: boolean): TrainingRows | null {
  const [x, y, units] = [arrays.get(`${prefix}x`), arrays.get(`${prefix}y`), arrays.get(`${prefix}units`)];
  if (x === undefined || y === undefined) return null;
  const rows = { x: new Float32Array(x.buffer), y: numbers ? new Float32Array(y.buffer) : new Int32Array(y.buffer) };
  const count = rows.y.length;
  if (count === 0 ? rows.x.length > 0 : rows.x.length === 0 || rows.x.length % count !== 0) return null;
  if (units === undefined) return rows;
  const unitOf = new Int32Array(units.buffer);
  return unitOf.length === count && unitOf.every((unit) => unit >= 0 && unit < count) ? { ...rows, units: unitOf } : null;
}
