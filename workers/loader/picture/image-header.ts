/**
 * What a picture file claims about itself, read without decoding it: its format, its size, and whether it is animated. Claims may be false,
 * so this check comes before a decoder takes four bytes per pixel. PNG (W3C PNG, third edition), JPEG (ITU-T T.81 B.2), GIF (89a), WebP
 * (RFC 9649), BMP (Windows DIB), HEIC and AVIF (ISO/IEC 23008-12, AV1 Image File Format). Only decoding shows whether a file is complete.
 */

export interface ImageHeader {
  /** Not every browser opens the last two. */
  readonly format: 'png' | 'jpeg' | 'gif' | 'webp' | 'bmp' | 'avif' | 'heic';
  /** Pixels as stored; an EXIF rotation may swap the two. */
  readonly width: number;
  readonly height: number;
  readonly animated: boolean;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Most chunks, segments or blocks walked before giving up. */
const STEPS_MAX = 200_000;
/** Most boxes per level, and brands per file, that are read. */
const BOXES_MAX = 10_000;
const BRANDS_MAX = 32;

/** Null if the bytes are in none of these formats, or end before the size. Takes linear time and never throws. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const header = headerOf(bytes, view);
    return header !== null && header.width > 0 && header.height > 0 ? header : null;
  } catch (error) {
    if (error instanceof RangeError) return null; // a read past the end
    throw error;
  }
}

function headerOf(bytes: Uint8Array, view: DataView): ImageHeader | null {
  if (PNG.every((byte, i) => bytes[i] === byte)) return pngHeader(view);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegHeader(view);
  if (ascii(bytes, 0, 6) === 'GIF87a' || ascii(bytes, 0, 6) === 'GIF89a') return gifHeader(view);
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return webpHeader(bytes, view);
  if (ascii(bytes, 0, 2) === 'BM') return bmpHeader(view);
  if (ascii(bytes, 4, 8) === 'ftyp') return boxedHeader(bytes, view);
  return null;
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** IHDR comes first; acTL before the first IDAT makes it an animation. */
function pngHeader(view: DataView): ImageHeader | null {
  if (view.getUint32(12) !== chunkName('IHDR')) return null;
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  let animated = false;
  for (let at = 8, step = 0; at + 8 <= view.byteLength && step < STEPS_MAX; step++) {
    const name = view.getUint32(at + 4);
    if (name === chunkName('IDAT')) break;
    if (name === chunkName('acTL') && at + 12 <= view.byteLength) animated = view.getUint32(at + 8) > 1;
    at += view.getUint32(at) + 12;
  }
  return { format: 'png', ...size, animated };
}

function chunkName(name: string): number {
  return [...name].reduce((word, letter) => word * 256 + letter.charCodeAt(0), 0);
}

/** Skips segments up to the first start of frame: C0 to CF without C4 (tables), C8 (reserved) and CC (conditioning). */
function jpegHeader(view: DataView): ImageHeader | null {
  for (let at = 2, step = 0; step < STEPS_MAX; step++) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // a fill byte
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2; // stands alone
    } else if (marker === 0xd9 || marker === 0xda) {
      return null; // the end, or data, without a frame
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { format: 'jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5), animated: false };
    } else {
      at += 2 + Math.max(2, view.getUint16(at + 2));
    }
  }
  return null;
}

/** The logical screen, or the first frame if that is larger; a second frame makes it an animation. */
function gifHeader(view: DataView): ImageHeader | null {
  let width = view.getUint16(6, true);
  let height = view.getUint16(8, true);
  let at = 13 + tableBytes(view.getUint8(10));
  let frames = 0;
  for (let step = 0; step < STEPS_MAX && at < view.byteLength; step++) {
    const kind = view.getUint8(at);
    if (kind === 0x21) {
      at = afterBlocks(view, at + 2);
    } else if (kind === 0x2c && at + 10 <= view.byteLength) {
      if (++frames === 2) break;
      width = Math.max(width, view.getUint16(at + 1, true) + view.getUint16(at + 5, true));
      height = Math.max(height, view.getUint16(at + 3, true) + view.getUint16(at + 7, true));
      at = afterBlocks(view, at + 11 + tableBytes(view.getUint8(at + 9)));
    } else {
      break; // the trailer, or something invalid
    }
  }
  return frames === 0 ? null : { format: 'gif', width, height, animated: frames > 1 };
}

function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function afterBlocks(view: DataView, from: number): number {
  let at = from;
  while (at < view.byteLength) {
    const size = view.getUint8(at);
    at += size + 1;
    if (size === 0) break;
  }
  return at;
}

function webpHeader(bytes: Uint8Array, view: DataView): ImageHeader | null {
  const kind = ascii(bytes, 12, 16);
  if (kind === 'VP8X') {
    const side = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536 + 1;
    return { format: 'webp', width: side(24), height: side(27), animated: (view.getUint8(20) & 0x02) !== 0 };
  }
  if (kind === 'VP8L' && view.getUint8(20) === 0x2f) {
    const bits = view.getUint32(21, true);
    return { format: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, animated: false };
  }
  if (kind === 'VP8 ' && ascii(bytes, 23, 26) === '\x9d\x01\x2a') {
    return { format: 'webp', width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, animated: false };
  }
  return null;
}

/** The oldest header, of 12 bytes, has 16-bit sides; a negative height means rows from the top. */
function bmpHeader(view: DataView): ImageHeader | null {
  const header = view.getUint32(14, true);
  if (header === 12) return { format: 'bmp', width: view.getUint16(18, true), height: view.getUint16(20, true), animated: false };
  if (header < 40) return null;
  return { format: 'bmp', width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)), animated: false };
}

const BRANDS = { avif: 'avif', avis: 'avif', heic: 'heic', heix: 'heic', heim: 'heic', heis: 'heic', hevc: 'heic', hevx: 'heic' } as const;

/** The format by brand, and the largest size among the items: a photo in tiles lists theirs too. */
function boxedHeader(bytes: Uint8Array, view: DataView): ImageHeader | null {
  const brands: string[] = [];
  for (let at = 8; at < Math.min(view.getUint32(0), view.byteLength) && at < 8 + 4 * BRANDS_MAX; at += 4)
    brands.push(ascii(bytes, at, at + 4));
  const brand = brands.find((name): name is keyof typeof BRANDS => Object.hasOwn(BRANDS, name));
  if (brand === undefined) return null;
  // Nested boxes, down to the sizes. A box starts with a header of 8 bytes; `meta` has four more.
  let [from, to] = [0, view.byteLength];
  for (const [name, head] of [
    ['meta', 12],
    ['iprp', 8],
    ['ipco', 8],
  ] as const) {
    const box = boxes(bytes, view, from, to).find((one) => one.name === name);
    if (box === undefined) return null;
    [from, to] = [box.at + head, box.end];
  }
  let [width, height] = [0, 0];
  for (const { name, at } of boxes(bytes, view, from, to)) {
    if (name !== 'ispe') continue;
    const size = { width: view.getUint32(at + 12), height: view.getUint32(at + 16) };
    if (size.width * size.height > width * height) ({ width, height } = size);
  }
  return { format: BRANDS[brand], width, height, animated: brand === 'avis' || brand === 'hevc' || brand === 'hevx' };
}

function boxes(bytes: Uint8Array, view: DataView, from: number, to: number) {
  const found: { readonly name: string; readonly at: number; readonly end: number }[] = [];
  for (let at = from; at + 8 <= to && found.length < BOXES_MAX;) {
    const length = view.getUint32(at);
    // 1: the length follows in eight bytes; 0: to the end.
    const bytesLong = length === 1 ? view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12) : length === 0 ? to - at : length;
    const end = Math.min(to, at + Math.max(8, bytesLong));
    found.push({ name: ascii(bytes, at + 4, at + 8), at, end });
    at = end;
  }
  return found;
}
