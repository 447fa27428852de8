/**
 * The browser's own decoders, in a worker: a picture file to pixels of a bounded size. Node has none. The check of a file's claims
 * (image-header.ts) comes first.
 */
import type { ImageHeader } from './image-header.ts';
import type { Raster } from './picture-fit.ts';

/** @throws whatever a decoder throws at a broken file */
export type DecodePicture = (file: Blob, header: ImageHeader) => Promise<Raster>;

/** Pixels that are kept of a picture, of which a model sees at most 64 x 64. */
const KEPT_PIXELS = 512 * 512;

/** Turned as its EXIF data says; the first frame of an animation. */
export const decodePicture: DecodePicture = async (file, { width, height }) => {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', ...smaller(width, height) });
  try {
    // Where a browser does not know resizeWidth, the canvas makes it small.
    const scale = Math.min(1, Math.sqrt(KEPT_PIXELS / (bitmap.width * bitmap.height)));
    const canvas = new OffscreenCanvas(Math.max(1, Math.floor(bitmap.width * scale)), Math.max(1, Math.floor(bitmap.height * scale)));
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  } finally {
    bitmap.close();
  }
};

/** One side alone keeps the proportions. Which of the two it is, EXIF may swap: it is chosen so that either way the bound holds. */
function smaller(width: number, height: number): ImageBitmapOptions {
  if (width * height <= KEPT_PIXELS) return {};
  const proportion = Math.max(width, height) / Math.min(width, height);
  const side = Math.max(1, Math.floor(Math.sqrt(KEPT_PIXELS / proportion)));
  return side < Math.min(width, height) ? { resizeWidth: side, resizeQuality: 'high' } : {};
}
