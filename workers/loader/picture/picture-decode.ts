/**
 * Decodes a picture file to pixels of a bounded size, with the browser's own decoders, in a worker. Node has none. image-header.ts checks
 * the file's claims first.
 */
import type { ImageHeader } from './image-header.ts';
import type { Raster } from './picture-fit.ts';

/** @throws whatever a decoder throws for a broken file */
export type DecodePicture = (file: Blob, header: ImageHeader) => Promise<Raster>;

/** Most pixels kept of a picture; a model sees at most 64 x 64. */
const KEPT_PIXELS = 512 * 512;

/** Rotated as its EXIF data says; the first frame of an animation. */
export const decodePicture: DecodePicture = async (file, { width, height }) => {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', ...smaller(width, height) });
  try {
    // If a browser does not know resizeWidth, the canvas scales down.
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

/** Setting one side keeps the proportions. EXIF may swap the sides, so the bound must hold for either. */
function smaller(width: number, height: number): ImageBitmapOptions {
  if (width * height <= KEPT_PIXELS) return {};
  const proportion = Math.max(width, height) / Math.min(width, height);
  const side = Math.max(1, Math.floor(Math.sqrt(KEPT_PIXELS / proportion)));
  return side < Math.min(width, height) ? { resizeWidth: side, resizeQuality: 'high' } : {};
}
