/**
 * Renders marks of a pen as canvas pixels and as the bytes of a small picture. Characters are placed as in data sets: fitted to a box and
 * centred by mass as in MNIST (LeCun, Cortes, Burges 1998: 20 of 28 pixels), or filling the field if it is only a few pixels wide, as in
 * the UCI optical digits. The pen keeps its width whatever the size of the drawing. draw-pad.tsx is the pad itself.
 */

export interface Field {
  /** Pixels of the small picture. */
  readonly width: number;
  readonly height: number;
  readonly colour: 'grey' | 'rgb';
  readonly background: 'dark' | 'light' | 'none';
}

export type Mark =
  /** x, y, x, y … in pixels of the small picture. */
  | { readonly kind: 'stroke'; readonly points: readonly number[]; readonly pen: string }
  /** One cell of the field's grid, painted, or erased if there is no pen. */
  | { readonly kind: 'cell'; readonly row: number; readonly column: number; readonly pen: string | null };

/** The grid for the keyboard: the pixels themselves, or coarser cells if there are too many pixels to navigate. */
export function gridOf({ width, height }: Pick<Field, 'width' | 'height'>): { readonly rows: number; readonly columns: number } {
  return { rows: Math.min(height, GRID_SIDE_MAX), columns: Math.min(width, GRID_SIDE_MAX) };
}

export const PAPER = { dark: '#000000', light: '#ffffff', none: '#808080' } as const;
const GRID_SIDE_MAX = 16;
/** Pen width as a share of the shorter side, as in scanned characters. */
const PEN_SHARE = 0.1;
/** From this side on, data sets leave a margin around characters; below it, characters fill the field. */
const MARGIN_FROM = 20;
const BOX_SHARE = { wide: 20 / 28, small: 0.94 } as const;
/** A dot is not a character and is not enlarged to one. */
const ZOOM_MAX = 3;
/** Canvas pixels per pixel of the small picture, which are averaged. */
const FINE = 8;
/** Difference from the paper, of 255, that counts as ink. */
const INK_MIN = 24;

/** Converts field to canvas coordinates: scaled by `zoom`, then moved, both in pixels of the small picture. */
interface Placement {
  readonly zoom: number;
  readonly dx: number;
  readonly dy: number;
}
const AS_DRAWN: Placement = { zoom: 1, dx: 0, dy: 0 };

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** @param fine canvas pixels per pixel of the small picture */
export function paintMarks(context: Context, field: Field, marks: readonly Mark[], fine: number, at: Placement = AS_DRAWN): void {
  const paper = PAPER[field.background];
  const { rows, columns } = gridOf(field);
  const [cellWidth, cellHeight] = [field.width / columns, field.height / rows];
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = paper;
  context.fillRect(0, 0, field.width * fine, field.height * fine);
  context.setTransform(fine * at.zoom, 0, 0, fine * at.zoom, fine * at.dx, fine * at.dy);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = penWidth(field) / at.zoom;
  for (const mark of marks) {
    if (mark.kind === 'cell') {
      context.fillStyle = mark.pen ?? paper;
      context.fillRect(mark.column * cellWidth, mark.row * cellHeight, cellWidth, cellHeight);
    } else {
      context.strokeStyle = mark.pen;
      strokeThrough(context, mark.points);
    }
  }
}

/** A smooth line: quadratic curves through the midpoints, with the points as controls. A single point is a dot. */
function strokeThrough(context: Context, points: readonly number[]): void {
  const [x0 = 0, y0 = 0] = points;
  context.beginPath();
  context.moveTo(x0, y0);
  for (let i = 2; i + 3 < points.length; i += 2) {
    const [x, y, nextX, nextY] = [points[i]!, points[i + 1]!, points[i + 2]!, points[i + 3]!];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  // A line of length zero would not draw a dot.
  context.lineTo((points.at(-2) ?? x0) + 1e-3, points.at(-1) ?? y0);
  context.stroke();
}

function penWidth({ width, height }: Field): number {
  return PEN_SHARE * Math.min(width, height);
}

/** Height x width x channels bytes of the drawing, or null if it is empty. */
export function inkPixels(field: Field, marks: readonly Mark[]): Uint8Array<ArrayBuffer> | null {
  if (marks.length === 0) return null;
  const canvas = new OffscreenCanvas(field.width * FINE, field.height * FINE);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const draw = (at: Placement) => {
    paintMarks(context, field, marks, FINE, at);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  let fine = draw(AS_DRAWN);
  const drawn = inkBounds(field, fine);
  if (drawn === null) return null;
  if (field.colour === 'grey' && field.background !== 'none') {
    // Cells that are pixels are moved only by whole pixels, to keep their exact values.
    const { rows, columns } = gridOf(field);
    const exact = rows === field.height && columns === field.width && marks.every((mark) => mark.kind === 'cell');
    const zoomed = zoomOn(field, drawn, exact ? 1 : zoomFor(field, drawn));
    const ink = inkBounds(field, draw(zoomed));
    if (ink !== null) fine = draw(centred(field, zoomed, ink, exact));
  }
  return averaged(field, fine);
}

/** Where ink is, in pixels of the small picture. */
interface Ink {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Centre of mass. */
  readonly x: number;
  readonly y: number;
}

function inkBounds(field: Field, fine: Uint8ClampedArray): Ink | null {
  const paper = Number.parseInt(PAPER[field.background].slice(1, 3), 16);
  const width = field.width * FINE;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < fine.length; i += 4) {
    const ink = Math.max(Math.abs(fine[i]! - paper), Math.abs(fine[i + 1]! - paper), Math.abs(fine[i + 2]! - paper));
    if (ink < INK_MIN) continue;
    const x = (i / 4) % width;
    const y = Math.floor(i / 4 / width);
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
    mass += ink;
    sumX += ink * (x + 0.5);
    sumY += ink * (y + 0.5);
  }
  if (mass === 0) return null;
  const inPixels = { left: left / FINE, top: top / FINE, right: right / FINE, bottom: bottom / FINE };
  return { ...inPixels, x: sumX / mass / FINE, y: sumY / mass / FINE };
}

/** The zoom at which the ink just fits the box, with an unchanged pen width. */
function zoomFor(field: Field, ink: Ink): number {
  const share = Math.min(field.width, field.height) >= MARGIN_FROM ? BOX_SHARE.wide : BOX_SHARE.small;
  const pen = penWidth(field);
  const along = (side: number, length: number) => (side * share - pen) / Math.max(length - pen, 1e-3);
  return Math.min(ZOOM_MAX, along(field.width, ink.right - ink.left), along(field.height, ink.bottom - ink.top));
}

/** Moves the middle of the ink to the middle of the field. */
function zoomOn(field: Field, ink: Ink, zoom: number): Placement {
  return { zoom, dx: field.width / 2 - (zoom * (ink.left + ink.right)) / 2, dy: field.height / 2 - (zoom * (ink.top + ink.bottom)) / 2 };
}

/** Moves the centre of mass to the middle of the field, without pushing ink over its edge. */
function centred(field: Field, at: Placement, ink: Ink, whole: boolean): Placement {
  const shift = (side: number, centre: number, low: number, high: number, start: number) => {
    const wanted = Math.min(Math.max(side / 2 - centre, Math.min(0, -low)), Math.max(0, side - high));
    return whole ? Math.round(start + wanted) : start + wanted;
  };
  return {
    zoom: at.zoom,
    dx: shift(field.width, ink.x, ink.left, ink.right, at.dx),
    dy: shift(field.height, ink.y, ink.top, ink.bottom, at.dy),
  };
}

function averaged({ width, height, colour }: Field, fine: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const channels = colour === 'rgb' ? 3 : 1;
  const sums = new Float64Array(width * height * channels);
  for (let i = 0; i < fine.length / 4; i++) {
    const x = Math.floor((i % (width * FINE)) / FINE);
    const y = Math.floor(i / (width * FINE * FINE));
    for (let c = 0; c < channels; c++) sums[(y * width + x) * channels + c]! += fine[i * 4 + c]!;
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / FINE ** 2));
}

/** Whether each cell of the grid is inked, row by row, for screen readers. @param fine canvas pixels of the whole field */
export function inkedCells(
  field: Field,
  fine: { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number },
): boolean[] {
  const paper = Number.parseInt(PAPER[field.background].slice(1, 3), 16);
  const { rows, columns } = gridOf(field);
  const [inked, all] = [new Uint32Array(rows * columns), new Uint32Array(rows * columns)];
  for (let y = 0; y < fine.height; y++) {
    for (let x = 0; x < fine.width; x++) {
      const i = (y * fine.width + x) * 4;
      const cell = Math.floor((y * rows) / fine.height) * columns + Math.floor((x * columns) / fine.width);
      all[cell]!++;
      if ([0, 1, 2].some((c) => Math.abs(fine.data[i + c]! - paper) >= INK_MIN)) inked[cell]!++;
    }
  }
  return Array.from(inked, (count, cell) => count * 3 > all[cell]!);
}
