/**
 * safetensors: u64 header length, JSON header, then the tensors' little-endian bytes without holes. It writes F32 and I32; it also reads
 * F16 and BF16, as the F32 of the same value. Format: huggingface/safetensors, "Format" section of its README.
 */
import { STATE_BYTES_MAX } from '../limits.ts';
import { MeshError } from '../errors.ts';

export interface Tensor {
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Bytes of one value, and how one is read. */
const DTYPES = {
  F32: { bytes: 4, list: Float32Array, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  I32: { bytes: 4, list: Int32Array, read: (view: DataView, at: number) => view.getInt32(at, true) },
  F16: { bytes: 2, list: Float32Array, read: (view: DataView, at: number) => widened(view.getUint16(at, true)) },
  BF16: { bytes: 2, list: Float32Array, read: (view: DataView, at: number) => upperHalf(view.getUint16(at, true)) },
} as const;

export const SAFETENSORS_HEADER_BYTES_MAX = 256 * 1024;
const METADATA = '__metadata__';

/** Deterministic: tensors in the order given, header padded with spaces to 8 bytes, optional text metadata first. */
export function writeSafetensors(tensors: readonly Tensor[], metadata?: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (metadata !== undefined) header[METADATA] = metadata;
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    const length = shape.reduce((product, n) => product * n, 1);
    if (length !== values.length)
      throw new MeshError('wrong-length', { field: name, expected: String(length), got: String(values.length) });
    header[name] = { dtype: values instanceof Float32Array ? 'F32' : 'I32', shape, data_offsets: [offset, offset + values.length * 4] };
    offset += values.length * 4;
  }
  let json = JSON.stringify(header);
  json += ' '.repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8);
  const head = new TextEncoder().encode(json);
  const bytes = new Uint8Array(8 + head.length + offset);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const { values } of tensors) {
    for (const value of values) {
      if (values instanceof Float32Array) view.setFloat32(at, value, true);
      else view.setInt32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** @throws MeshError frame-too-large, frame-malformed with the tensor's name */
export function readSafetensors(bytes: Uint8Array, maxBytes: number = STATE_BYTES_MAX): Map<string, Tensor> {
  const { header, headLength, view } = readHeader(bytes, maxBytes);
  const entries = Object.entries(header).filter(([name]) => name !== METADATA);
  // By offset: the order of JSON keys means nothing, and keys that look like numbers lose it.
  const offset = (entry: unknown, i: 0 | 1): number => Number((entry as { data_offsets?: readonly unknown[] } | null)?.data_offsets?.[i]);
  entries.sort(([, a], [, b]) => offset(a, 0) - offset(b, 0) || offset(a, 1) - offset(b, 1) || 0);
  const data = bytes.length - 8 - headLength;
  const tensors = new Map<string, Tensor>();
  let end = 0;
  for (const [name, entry] of entries) {
    const { dtype, shape, data_offsets: range } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    const whole = (list: unknown): list is number[] => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
    const kind = typeof dtype === 'string' && Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype as keyof typeof DTYPES] : undefined;
    if (kind === undefined) throw fail(name, `dtype ${Object.keys(DTYPES).join(', ')}`);
    if (!whole(shape) || !whole(range) || range.length !== 2) throw fail(name, 'shape and data_offsets of whole numbers');
    const length = shape.reduce((product, n) => product * n, 1);
    if (range[0] !== end || range[1]! - range[0]! !== length * kind.bytes || range[1]! > data)
      throw fail(name, 'offsets without holes that match the shape');
    end = range[1]!;
    const values = new kind.list(length);
    const at = 8 + headLength + range[0]!;
    for (let i = 0; i < length; i++) values[i] = kind.read(view, at + kind.bytes * i);
    tensors.set(name, { name, shape, values });
  }
  if (end !== data) throw fail('safetensors', `${end} bytes of tensors, got ${data}`);
  return tensors;
}

/**
 * The writer's metadata beside the tensors: claimed by the file, proven by nothing. Entries that are not texts are left out.
 * @throws MeshError frame-too-large, frame-malformed
 */
export function readSafetensorsMetadata(bytes: Uint8Array, maxBytes: number = STATE_BYTES_MAX): ReadonlyMap<string, string> {
  const metadata = readHeader(bytes, maxBytes).header[METADATA];
  const entries = Object.entries(typeof metadata === 'object' && metadata !== null ? metadata : {});
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. Every value of it is a float32. */
function widened(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  // 2^-14 * fraction / 2^10, or 2^(exponent - 15) * (1 + fraction / 2^10)
  const finite = exponent === 0 ? fraction / (1 << 24) : ((1024 + fraction) / (1 << 25)) * (1 << exponent);
  const size = exponent < 31 ? finite : fraction === 0 ? Infinity : NaN;
  return bits >> 15 === 1 ? -size : size;
}

/** bfloat16 is the upper half of a float32. */
function upperHalf(bits: number): number {
  word[0] = bits << 16;
  return float[0]!;
}

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

function fail(field: string, expected: string): MeshError {
  return new MeshError('frame-malformed', { field, expected });
}

function readHeader(bytes: Uint8Array, maxBytes: number): { header: Record<string, unknown>; headLength: number; view: DataView } {
  if (bytes.length > maxBytes)
    throw new MeshError('frame-too-large', { field: 'safetensors', expected: `at most ${maxBytes} bytes`, got: String(bytes.length) });
  if (bytes.length < 8) throw fail('safetensors', 'an 8-byte header length');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headLength = Number(view.getBigUint64(0, true));
  if (headLength > SAFETENSORS_HEADER_BYTES_MAX || headLength > bytes.length - 8) throw fail('safetensors', 'a header inside the file');
  if (bytes[8] !== 0x7b) throw fail('safetensors header', '{');
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headLength))) as Record<
      string,
      unknown
    >;
    return { header, headLength, view };
  } catch (cause) {
    throw new MeshError('frame-malformed', { field: 'safetensors header', expected: 'JSON' }, cause);
  }
}
