/**
 * A file's bytes as UTF-8 text of whole lines, piece by piece. The encoding is detected: by a byte order mark, by UTF-16's zero bytes, or
 * by bytes that are not UTF-8, which are then read as Windows-1252 (a superset of Latin-1, and what browsers mean by that name: WHATWG
 * Encoding 4.2). Anything that is not text is refused. rows.ts splits the text.
 */
import { MeshError } from '#protocol/errors';
import { DATA_FILE_BYTES_MAX } from '#protocol/limits';
import { refuseOtherBytes, refuseOtherText } from './other-formats.ts';
import { Pieces } from './pieces.ts';

/** The chunk size of browsers and Node: the next piece is read while this one is processed. */
const PIECE_BYTES = 64 * 1024;
/** Bytes examined to detect UTF-16 without a byte order mark. */
const SNIFFED_BYTES = 1024;
/** Above this share of unreadable characters, a file is not text; a stray damaged letter is tolerated. */
const UNREADABLE_SHARE_MAX = 0.05;
/** The share is judged after this many characters, and at the end. */
const JUDGED_CHARS = 512 * 1024;
const [LINE_FEED, RETURN] = [10, 13];

export type Encoding = 'UTF-8' | 'UTF-16' | 'Windows-1252' | 'UTF-8 with damaged letters';

export interface TextPiece {
  /** Overwritten by the next piece. Valid UTF-8 without a byte order mark; lines end with \n or \r\n. Ends with a whole line, unless it is longer than the piece. */
  readonly bytes: Uint8Array;
  /** Set on the final piece, which may be empty. */
  readonly last: boolean;
  /** Share of the file read up to its end, 0 to 1. */
  readonly share: number;
  /** As detected so far. */
  readonly encoding: Encoding;
}

/** @throws MeshError file-too-large before anything is read, file-binary */
export async function* textPieces(source: Blob | string): AsyncGenerator<TextPiece> {
  const size = typeof source === 'string' ? source.length : source.size;
  if (size > DATA_FILE_BYTES_MAX) {
    throw new MeshError('file-too-large', { expected: `at most ${megabytes(DATA_FILE_BYTES_MAX)}`, got: megabytes(size) });
  }
  const blob = typeof source === 'string' ? new Blob([source]) : source;
  const pieces = new Pieces(blob, PIECE_BYTES);
  let decoder: Decoder | undefined;
  try {
    for (let first = true, ended = false, read = 0; !ended; first = false) {
      const { bytes: piece, last } = await pieces.next();
      if (first) refuseOtherBytes(piece);
      decoder ??= decoderFor(piece);
      const used = last ? piece.length : decoder.whole(piece);
      const bytes = decoder.decode(piece.subarray(0, used), last);
      const start = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
      if (first) refuseOtherText(bytes.subarray(start));
      read += used;
      yield { bytes: bytes.subarray(start), last, share: blob.size === 0 ? 1 : read / blob.size, encoding: decoder.encoding };
      pieces.used(used);
      ended = last;
    }
  } finally {
    pieces.close();
  }
}

interface Decoder {
  readonly encoding: Encoding;
  /** Bytes of a piece to take now; the rest comes again with the next one. */
  whole(piece: Uint8Array): number;
  decode(bytes: Uint8Array, last: boolean): Uint8Array;
}

function decoderFor(start: Uint8Array): Decoder {
  if (start[0] === 0xff && start[1] === 0xfe) return new WideDecoder('utf-16le');
  if (start[0] === 0xfe && start[1] === 0xff) return new WideDecoder('utf-16be');
  // Mostly characters below U+0100: many bytes at odd or at even positions are zero, and none at the others.
  const zeros = [0, 0];
  const sniffed = Math.min(SNIFFED_BYTES, start.length);
  for (let i = 0; i < sniffed; i++) if (start[i] === 0) zeros[i % 2]!++;
  if (zeros[0] === 0 && zeros[1]! * 2 > sniffed * 0.4) return new WideDecoder('utf-16le');
  if (zeros[1] === 0 && zeros[0]! * 2 > sniffed * 0.4) return new WideDecoder('utf-16be');
  return new ByteDecoder();
}

class WideDecoder implements Decoder {
  readonly encoding = 'UTF-16';
  readonly #decoder: TextDecoder;
  readonly #check = new TextCheck();
  #held = '';

  constructor(label: 'utf-16le' | 'utf-16be') {
    this.#decoder = new TextDecoder(label);
  }

  whole(piece: Uint8Array): number {
    return piece.length;
  }

  decode(piece: Uint8Array, last: boolean): Uint8Array {
    const text = this.#held + this.#decoder.decode(piece, { stream: !last });
    this.#held = !last && text.endsWith('\r') ? '\r' : '';
    const whole = this.#held === '' ? text : text.slice(0, -1);
    this.#check.add(whole, '\ufffd', last);
    return encoded(whole);
  }
}

/** Reads UTF-8 until a byte disproves it. If only ASCII came before, that is the same in Windows-1252, so nothing is lost. */
class ByteDecoder implements Decoder {
  encoding: Encoding = 'UTF-8';
  #severalBytes = false;
  readonly #check = new TextCheck();
  readonly #strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #lenient = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #western = new TextDecoder('windows-1252');

  whole(piece: Uint8Array): number {
    return lineEnd(piece);
  }

  decode(bytes: Uint8Array, last: boolean): Uint8Array {
    if (this.encoding === 'UTF-8' && isPlain(bytes)) {
      this.#check.addPlain(bytes.length);
      return bytes;
    }
    const text = this.#textOf(bytes);
    // Windows-1252 defines every byte, so control characters, which nobody writes, count as unreadable.
    this.#check.add(text, this.encoding === 'Windows-1252' ? /[^\P{Cc}\s]/gu : '\ufffd', last);
    return this.encoding === 'UTF-8' && !hasLoneReturn(text) ? bytes : encoded(text);
  }

  #textOf(bytes: Uint8Array): string {
    if (this.encoding === 'Windows-1252') return this.#western.decode(bytes);
    if (this.encoding === 'UTF-8') {
      try {
        const text = this.#strict.decode(bytes);
        this.#severalBytes ||= text.length !== bytes.length;
        return text;
      } catch {
        // handled below
      }
    }
    const text = this.#lenient.decode(bytes);
    if (this.encoding === 'UTF-8') {
      const letters = text.match(/[^\0-\x7f\ufffd]/gu)?.length ?? 0;
      this.encoding = this.#severalBytes || letters > countOf(text, '\ufffd') ? 'UTF-8 with damaged letters' : 'Windows-1252';
    }
    return this.encoding === 'Windows-1252' ? this.#western.decode(bytes) : text;
  }
}

/**
 * Whether the bytes are ASCII without zero bytes or \r, which need no decoding. Four bytes at a time: a byte of x is zero if
 * (x - 0x01010101) & ~x has its high bit set (Warren, Hacker's Delight, 6-1).
 */
function isPlain(bytes: Uint8Array): boolean {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2); // aligned: a piece begins where its buffer does
  let odd = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const returns = word ^ 0x0d0d0d0d;
    odd |= word | ((word - 0x01010101) & ~word) | ((returns - 0x01010101) & ~returns);
  }
  for (let i = words.length * 4; i < bytes.length; i++) odd |= bytes[i] === 0 || bytes[i] === RETURN ? 0x80 : bytes[i]!;
  return (odd & 0x80808080) === 0;
}

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Where the whole lines end or, in a line longer than the piece, the whole characters. A final \r may belong to a \n that follows. */
function lineEnd(bytes: Uint8Array): number {
  const line = bytes.lastIndexOf(LINE_FEED) + 1 || bytes.lastIndexOf(RETURN, -2) + 1;
  if (line > 0) return line;
  const held = bytes.at(-1) === RETURN ? 1 : 0;
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return bytes.length - back; // the character's first byte; even a whole one waits for the next piece
  }
  return bytes.length - held;
}

function hasLoneReturn(text: string): boolean {
  return text.includes('\r') && /\r(?!\n)/.test(text);
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(hasLoneReturn(text) ? text.replace(/\r\n?/g, '\n') : text);
}

class TextCheck {
  #letters = 0;
  #unreadable = 0;

  addPlain(letters: number): void {
    this.#letters += letters;
  }

  /** @throws MeshError file-binary */
  add(text: string, unreadable: string | RegExp, last: boolean): void {
    const refused = (got: string) => new MeshError('file-binary', { expected: 'text with separated values', got });
    if (text.includes('\0')) throw refused('binary data');
    this.#letters += text.length;
    this.#unreadable += typeof unreadable === 'string' ? countOf(text, unreadable) : (text.match(unreadable)?.length ?? 0);
    if ((last || this.#letters >= JUDGED_CHARS) && this.#unreadable > this.#letters * UNREADABLE_SHARE_MAX) {
      throw refused(`${this.#unreadable} unreadable of ${this.#letters} characters`);
    }
  }
}

function countOf(text: string, letter: string): number {
  let count = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) count++;
  return count;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
