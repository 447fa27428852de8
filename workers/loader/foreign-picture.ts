/**
 * What a file is that no browser shows as a picture, in a person's words: by how its bytes begin (file signatures of the formats' own
 * specifications), and for cameras' raw files, many of which are TIFF, by the ending. Nothing here is decoded.
 */

const RAW_ENDING = /\.(cr[23w]|nef|nrw|arw|sr[2fw]|dng|orf|rw2|pef|raf|x3f|raw|3fr|iiq)$/i;
const RAW = 'a camera’s RAW file';
/** Bytes in which a text says what it is. */
const TEXT_BYTES = 1024;

/** By the first bytes as Latin-1; what says more comes first. */
const KINDS: readonly (readonly [begins: RegExp, kind: string])[] = [
  [/^(II\*\0.{4}CR|II(RO|RS|U\0)|MMOR|FUJIFILMCCD-RAW|FOVb|.{4}ftypcrx )/s, RAW],
  [/^(II[*+]\0|MM\0[*+])/, 'a TIFF'],
  [/^8BPS/, 'a Photoshop file'],
  [/^(\xff\x0a|\0\0\0\x0cJXL )/, 'a JPEG XL'],
  [/^(\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/, 'a JPEG 2000'],
  [/^\0\0\x01\0/, 'an icon'],
  [/^.{128}DICM/s, 'a DICOM image'],
  [/^%PDF/, 'a PDF'],
  [/^PK\x03\x04/, 'a zip archive'],
  [/^(.{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI )/s, 'a video'],
  [/^[^<]{0,3}\s*(<!doctype html|<html)/i, 'a web page'],
  [/^[^<]{0,3}\s*(<\?xml[^]*?)?(<!--[^]*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg/i, 'an SVG drawing'],
];

/** @returns for a sentence: “a TIFF”; what is nothing of these is another kind of file */
export function foreignPicture(bytes: Uint8Array, name: string): string {
  if (bytes.length === 0) return 'an empty file';
  const start = String.fromCharCode(...bytes.subarray(0, TEXT_BYTES));
  const kind = KINDS.find(([begins]) => begins.test(start))?.[1];
  return kind === 'a TIFF' && RAW_ENDING.test(name) ? RAW : (kind ?? (RAW_ENDING.test(name) ? RAW : 'another kind of file'));
}
