/**
 * What a file is, in plain words, if no browser can show it as a picture: by its first bytes (file signatures from the formats'
 * specifications), and by extension for cameras' raw files, many of which are TIFF. Nothing is decoded here.
 */

const RAW_ENDING = /\.(cr[23w]|nef|nrw|arw|sr[2fw]|dng|orf|rw2|pef|raf|x3f|raw|3fr|iiq)$/i;
const RAW = 'a camera’s RAW file';
/** Bytes examined to recognise a text format. */
const TEXT_BYTES = 1024;

type Sign = readonly [at: number, text: string];
const start = (text: string): readonly Sign[] => [[0, text]];

/** Latin-1 text at byte offsets; more specific signatures come first. */
const KINDS: readonly (readonly [signs: readonly Sign[], kind: string])[] = [
  [
    [
      [0, 'II*\0'],
      [8, 'CR'],
    ],
    RAW,
  ],
  ...['IIRO', 'IIRS', 'IIU\0', 'MMOR', 'FUJIFILMCCD-RAW', 'FOVb'].map((text) => [start(text), RAW] as const),
  [[[4, 'ftypcrx ']], RAW],
  ...['II*\0', 'II+\0', 'MM\0*', 'MM\0+'].map((text) => [start(text), 'a TIFF'] as const),
  [start('8BPS'), 'a Photoshop file'],
  [start('\xff\x0a'), 'a JPEG XL'],
  [start('\0\0\0\x0cJXL '), 'a JPEG XL'],
  [start('\0\0\0\x0cjP  '), 'a JPEG 2000'],
  [start('\xff\x4f\xff\x51'), 'a JPEG 2000'],
  [start('\0\0\x01\0'), 'an icon'],
  [[[128, 'DICM']], 'a DICOM image'],
  [start('%PDF'), 'a PDF'],
  [start('PK\x03\x04'), 'a zip archive'],
  [[[4, 'ftyp']], 'a video'],
  [start('\x1aE\xdf\xa3'), 'a video'],
  [
    [
      [0, 'RIFF'],
      [8, 'AVI '],
    ],
    'a video',
  ],
];
const TEXTS: readonly (readonly [begins: RegExp, kind: string])[] = [
  [/^[^<]{0,3}\s*(<!doctype html|<html)/i, 'a web page'],
  [/^[^<]{0,3}\s*(<\?xml[^]*?)?(<!--[^]*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg/i, 'an SVG drawing'],
];

/** @returns a noun with its article: “a TIFF”, or “another kind of file” if unknown */
export function foreignPicture(bytes: Uint8Array, name: string): string {
  if (bytes.length === 0) return 'an empty file';
  const text = String.fromCharCode(...bytes.subarray(0, TEXT_BYTES));
  const signed = KINDS.find(([signs]) => signs.every(([at, sign]) => text.startsWith(sign, at)));
  const kind = (signed ?? TEXTS.find(([begins]) => begins.test(text)))?.[1];
  return kind === 'a TIFF' && RAW_ENDING.test(name) ? RAW : (kind ?? (RAW_ENDING.test(name) ? RAW : 'another kind of file'));
}
