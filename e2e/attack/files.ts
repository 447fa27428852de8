/** Attacks by files that a person opens: tables and pictures that are small on disk and large in memory. */
import { DATA_ROW_CHARS_MAX } from '#protocol/limits';
import { readPicture } from '#workers/loader/picture/images';
import { rowBatches } from '#workers/loader/lines/rows';
import type { Attack } from './attack.ts';

const MB = 1024 * 1024;

/** The header of a PNG, which declares its number of pixels. */
function pngOf(width: number, height: number): Blob {
  const bytes = new Uint8Array(64);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 6], 24);
  return new Blob([bytes]);
}

export const attacks: readonly Attack[] = [
  {
    name: 'csv-bomb',
    finding: 'CSV bombs: a quote that never closes over 12 MB',
    held: true,
    without: [
      { file: 'workers/loader/lines/rows.ts', find: '    if (window.length > DATA_ROW_CHARS_MAX) {', put: '    if (window.length < 0) {' },
    ],
    async run() {
      const line = `${'x'.repeat(1023)}\n`;
      const bomb = new Blob(['a,b\n1,"', ...Array.from({ length: 12 * 1024 }, () => line)]);
      let most = 0;
      let refused: string | null = null;
      try {
        for await (const batch of rowBatches(bomb, () => 1)) {
          batch.each(() => {});
          most = Math.max(most, process.memoryUsage().arrayBuffers);
        }
      } catch (error) {
        refused = (error as Error).message;
      }
      // Without the limit, all of it would become one row in memory.
      return {
        succeeded: !(refused?.includes(String(DATA_ROW_CHARS_MAX)) ?? false),
        evidence: { refused, rowMax: DATA_ROW_CHARS_MAX, bufferMB: Math.round(most / MB) },
      };
    },
  },
  {
    name: 'png-bomb',
    finding: 'PNG bombs: 64 bytes that claim 900 million pixels',
    held: true,
    without: [
      {
        file: 'workers/loader/picture/images.ts',
        find: 'if (width * height > IMAGE_PIXELS_MAX || Math.max(width, height) > IMAGE_FILE_SIDE_MAX) {',
        put: 'if (false) {',
      },
    ],
    async run() {
      const decoded: number[] = [];
      const decode = (_: Blob, { width, height }: { width: number; height: number }) => {
        decoded.push(width * height);
        return Promise.reject(new Error('this many pixels would have been decoded'));
      };
      const shape = { width: 8, height: 8, channels: 1 } as Parameters<typeof readPicture>[2];
      for (const [width, height] of [
        [30_000, 30_000],
        [2 ** 31 - 1, 1],
        [60_000, 10],
      ] as const) {
        await readPicture(pngOf(width, height), 'bomb.png', shape, decode).catch(() => {});
      }
      return { succeeded: decoded.length > 0, evidence: { decoded } };
    },
  },
];
