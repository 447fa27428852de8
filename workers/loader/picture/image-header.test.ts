import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readImageHeader } from './image-header.ts';
import { foreignPicture } from './foreign-picture.ts';
import { ascii, be, bmp, boxed, gif, jpeg, le, png, pngChunk, webp } from '../picture-files.fixture.ts';

it.each([
  ['png', png(12, 7), { format: 'png', width: 12, height: 7, animated: false }],
  ['png that claims 12,000 pixels', png(12_000, 12_000), { format: 'png', width: 12_000, height: 12_000, animated: false }],
  ['apng', png(5, 5, [pngChunk('acTL', be(4, 3), be(4, 0))]), { format: 'png', width: 5, height: 5, animated: true }],
  ['apng of one frame', png(5, 5, [pngChunk('acTL', be(4, 1), be(4, 0))]), { format: 'png', width: 5, height: 5, animated: false }],
  ['jpeg', jpeg(640, 480), { format: 'jpeg', width: 640, height: 480, animated: false }],
  ['progressive jpeg after fill bytes', jpeg(3, 9, 0xc2, [0xff, 0xff]), { format: 'jpeg', width: 3, height: 9, animated: false }],
  ['gif', gif(20, 10, 1), { format: 'gif', width: 20, height: 10, animated: false }],
  ['animated gif', gif(20, 10, 3), { format: 'gif', width: 20, height: 10, animated: true }],
  ['lossy webp', webp('VP8 ', [0, 0, 0, 0x9d, 0x01, 0x2a, ...le(2, 33), ...le(2, 44)]), { width: 33, height: 44, animated: false }],
  ['lossless webp', webp('VP8L', [0x2f, ...le(4, 32 | (43 << 14))]), { width: 33, height: 44, animated: false }],
  ['animated webp', webp('VP8X', [2, 0, 0, 0, ...le(3, 99_999), ...le(3, 0)]), { width: 100_000, height: 1, animated: true }],
  ['bmp', bmp(31, 17), { format: 'bmp', width: 31, height: 17, animated: false }],
  [
    'heic in tiles',
    boxed(
      ['heic', 'mif1'],
      [
        [512, 512],
        [4032, 3024],
        [320, 240],
      ],
    ),
    { format: 'heic', width: 4032, height: 3024 },
  ],
  ['heif with a later brand', boxed(['mif1', 'mif1', 'heic'], [[40, 30]]), { format: 'heic', width: 40, height: 30 }],
  ['avif', boxed(['avif', 'mif1'], [[33, 44]]), { format: 'avif', width: 33, height: 44, animated: false }],
  ['bmp from the top', bmp(31, -17), { format: 'bmp', width: 31, height: 17, animated: false }],
])('%s', (_, bytes, expected) => {
  expect(readImageHeader(bytes)).toMatchObject(expected);
});

it('a gif is as large as its first frame if that is larger than the screen it claims', () => {
  expect(readImageHeader(gif(1, 1, 1, 30_000))).toMatchObject({ width: 30_000, height: 30_000 });
});

it.each([
  ['nothing', new Uint8Array()],
  ['text', ascii('a,b,c\n1,2,3\n')],
  ['a drawing in XML', ascii('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['a png without IHDR', Uint8Array.from([...png(3, 3).subarray(0, 12), ...ascii('IDAT'), ...new Uint8Array(20)])],
  ['a png without pixels', png(0, 3)],
  ['a jpeg that ends before its frame', jpeg(3, 3).subarray(0, 9)],
  ['a jpeg without a frame', Uint8Array.from([0xff, 0xd8, 0xff, 0xd9])],
  ['a gif without a frame', gif(3, 3, 0)],
  ['a heic without a size', boxed(['heic'], [])],
  ['a video', boxed(['isom', 'mp42'], [[4, 4]])],
  ['a bmp with a strange header', Uint8Array.from([...ascii('BM'), ...new Uint8Array(40)])],
])('%s is no picture', (_, bytes) => {
  expect(readImageHeader(bytes)).toBeNull();
});

it.each([
  ['scan.tif', ascii('II*\0\x08\0\0\0'), 'a TIFF'],
  ['IMG_1.NEF', ascii('MM\0*\0\0\0\x08'), 'a camera’s RAW file'],
  ['IMG_1.CR2', ascii('II*\0\x10\0\0\0CR\x02\0'), 'a camera’s RAW file'],
  ['IMG_1.cr3', ascii('\0\0\0\x18ftypcrx \0\0\0\x01'), 'a camera’s RAW file'],
  ['a.psd', ascii('8BPS\0\x01'), 'a Photoshop file'],
  ['a.jxl', Uint8Array.of(0xff, 0x0a, 1), 'a JPEG XL'],
  ['a.svg', ascii('<?xml version="1.0"?>\n<!-- made -->\n<svg xmlns="a"/>'), 'an SVG drawing'],
  ['a.jpg', ascii('<!DOCTYPE html><p>Not found</p>'), 'a web page'],
  ['IMG_1.MOV', boxed(['qt  '], []), 'a video'],
  ['a.pdf', ascii('%PDF-1.7'), 'a PDF'],
  ['a.png', ascii('hello'), 'another kind of file'],
  ['a.png', new Uint8Array(), 'an empty file'],
])('%s that begins otherwise is named', (name, bytes, kind) => {
  expect([readImageHeader(bytes), foreignPicture(bytes, name)]).toEqual([null, kind]);
});

it('any bytes are read without an exception, in linear time', () => {
  const start = fc.constantFrom(
    png(9, 9),
    png(9, 9, [pngChunk('acTL', be(4, 3), be(4, 0))]),
    jpeg(9, 9),
    gif(9, 9, 2),
    bmp(9, 9),
    webp('VP8X', le(4, 0)),
    boxed(['heic'], [[9, 9]]),
  );
  const damage = fc.array(fc.record({ at: fc.nat(63), byte: fc.nat(255) }), { maxLength: 6 });
  const cut = fc.nat(96);
  fc.assert(
    fc.property(start, damage, cut, fc.uint8Array({ maxLength: 64 }), (file, faults, length, tail) => {
      const bytes = Uint8Array.from([...file.subarray(0, length), ...tail]);
      for (const { at, byte } of faults) if (at < bytes.length) bytes[at] = byte;
      expect(foreignPicture(bytes, 'a.dng')).not.toBe('');
      const header = readImageHeader(bytes);
      if (header === null) return;
      expect(Number.isInteger(header.width) && header.width > 0).toBe(true);
      expect(Number.isInteger(header.height) && header.height > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
  // Chunks, segments and blocks of length 0: each step must still advance.
  const zeros = new Uint8Array(2 ** 20);
  for (const file of [
    png(3, 3).subarray(0, 33),
    jpeg(3, 3).subarray(0, 2),
    gif(3, 3, 0).subarray(0, 13),
    boxed(['heic'], []).subarray(0, 60),
  ]) {
    zeros.set(file);
    readImageHeader(zeros);
  }
});
