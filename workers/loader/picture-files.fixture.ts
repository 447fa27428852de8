/** Picture files written byte by byte, for tests: headers with any claims, and a GIF whose frames can be decoded. */

export const ascii = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
export const le = (bytes: number, value: number): number[] => Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 255);
export const be = (bytes: number, value: number): number[] => le(bytes, value).reverse();
const join = (...parts: readonly (ArrayLike<number> & Iterable<number>)[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

export const pngChunk = (name: string, ...data: readonly number[][]) => join(be(4, data.flat().length), ascii(name), data.flat(), be(4, 0));

/** Its pixels and checksums are nonsense: only the header counts. */
export function png(width: number, height: number, more: readonly Uint8Array[] = []): Uint8Array<ArrayBuffer> {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return join(
    signature,
    pngChunk('IHDR', be(4, width), be(4, height), [8, 0, 0, 0, 0]),
    ...more,
    pngChunk('IDAT', [1, 2, 3]),
    pngChunk('IEND'),
  );
}

export function jpeg(width: number, height: number, frame = 0xc0, fill: readonly number[] = []): Uint8Array<ArrayBuffer> {
  const app = [0xff, 0xe0, 0, 6, 1, 2, 3, 4];
  const tables = [0xff, 0xc4, 0, 3, 0];
  return join([0xff, 0xd8], app, tables, fill, [0xff, frame], be(2, 17), [8], be(2, height), be(2, width), new Uint8Array(10));
}

/** Black and white, each frame all white: LZW codes of clear, one pixel each time, end. @param frameSide of the first frame */
export function gif(width: number, height: number, frames: number, frameSide?: number): Uint8Array<ArrayBuffer> {
  const screen = [...ascii('GIF89a'), ...le(2, width), ...le(2, height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
  const frame = (i: number) => {
    const size = i === 0 && frameSide !== undefined ? [...le(2, frameSide), ...le(2, frameSide)] : [...le(2, width), ...le(2, height)];
    const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
    return [...control, 0x2c, 0, 0, 0, 0, ...size, 0, 2, ...blocks(whitePixels(width * height))];
  };
  return join(screen, ...Array.from({ length: frames }, (_, i) => frame(i)), [0x3b]);
}

/** Codes of three bits: clear (4) before every pixel, so that the code table never grows; 5 ends. */
function whitePixels(count: number): number[] {
  const codes = [...Array.from({ length: count }, () => [4, 1]).flat(), 5];
  const bytes: number[] = [];
  for (const [i, code] of codes.entries()) {
    for (let bit = 0; bit < 3; bit++) {
      const at = i * 3 + bit;
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (((code >> bit) & 1) << (at & 7));
    }
  }
  return bytes;
}

function blocks(bytes: readonly number[]): number[] {
  const parts: number[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.slice(at, at + 255);
    parts.push(part.length, ...part);
  }
  return [...parts, 0];
}

export function webp(kind: string, data: readonly number[]): Uint8Array<ArrayBuffer> {
  return join(ascii('RIFF'), le(4, 12 + data.length), ascii('WEBP'), ascii(kind), le(4, data.length), data, [0, 0, 0, 0, 0, 0]);
}

/** A HEIC or an AVIF without any picture in it: its brands, and the sizes of its items. */
export function boxed(brands: readonly string[], sizes: readonly (readonly [width: number, height: number])[]): Uint8Array<ArrayBuffer> {
  const box = (name: string, ...parts: readonly (ArrayLike<number> & Iterable<number>)[]) => {
    const inside = join(...parts);
    return join(be(4, inside.length + 8), ascii(name), inside);
  };
  const items = sizes.map(([width, height]) => box('ispe', be(4, 0), be(4, width), be(4, height)));
  const [major = '', ...others] = brands;
  const brand = box('ftyp', ascii(major), be(4, 0), ...others.map(ascii));
  return join(brand, box('meta', be(4, 0), box('hdlr', be(4, 0)), box('iprp', box('ipco', ...items))), box('mdat', [1, 2, 3]));
}

export function bmp(width: number, height: number): Uint8Array<ArrayBuffer> {
  return join(
    ascii('BM'),
    le(4, 100),
    le(4, 0),
    le(4, 54),
    le(4, 40),
    le(4, width),
    height < 0 ? le(4, 2 ** 32 + height) : le(4, height),
    le(4, 1),
  );
}
