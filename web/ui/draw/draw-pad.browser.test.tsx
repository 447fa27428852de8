import axe from 'axe-core';
import { createSignal } from 'solid-js';
import { render } from 'solid-js/web';
import { afterEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../styles/tokens.css';
import '../../styles/base.css';
import { DrawPad, type DrawPadProps } from './draw-pad.tsx';

let dispose: (() => void) | undefined;
afterEach(() => dispose?.());

type Pixels = Uint8Array<ArrayBuffer> | null;

function open(change: Partial<DrawPadProps> = {}) {
  const root = document.createElement('main');
  document.body.append(root);
  const seen: Pixels[] = [];
  const unmount = render(
    () => (
      <DrawPad
        width={8}
        height={8}
        colour="grey"
        background="dark"
        label="Draw a digit"
        onChange={(pixels) => seen.push(pixels)}
        {...change}
      />
    ),
    root,
  );
  dispose = () => {
    unmount();
    root.remove();
  };
  return { seen, last: () => seen.at(-1) ?? null };
}

const canvas = () => document.querySelector<HTMLCanvasElement>('.draw-field canvas')!;
const button = (name: string) => page.getByRole('button', { name });

/** Strokes through points in hundredths of the field, as a mouse, finger or pen would make them. */
function draw(...strokes: (readonly (readonly [number, number])[])[]): void {
  for (const stroke of strokes) {
    const box = canvas().getBoundingClientRect();
    const at = ([x, y]: readonly [number, number]) => ({
      clientX: box.left + (x / 100) * box.width,
      clientY: box.top + (y / 100) * box.height,
    });
    const fire = (type: string, point: readonly [number, number], more: PointerEventInit = {}) =>
      canvas().dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, ...at(point), ...more }));
    fire('pointerdown', stroke[0]!);
    for (const point of stroke.slice(1)) fire('pointermove', point);
    fire('pointerup', stroke.at(-1)!);
  }
}

/** A synthetic pointer cannot be captured; the pad must work without capture. */
function withoutCapture(): void {
  vi.spyOn(HTMLCanvasElement.prototype, 'setPointerCapture').mockImplementation(() => {});
}

const rows = (pixels: Uint8Array, width: number) =>
  Array.from({ length: pixels.length / width }, (_, y) => Array.from(pixels.subarray(y * width, (y + 1) * width)));
const ellipse = Array.from({ length: 25 }, (_, i): [number, number] => [
  50 + 12 * Math.sin((i / 12) * Math.PI),
  30 - 20 * Math.cos((i / 12) * Math.PI),
]);

test('a stroke by mouse becomes a small picture: fit to the field, centred, with the pen of the data', async () => {
  const { last } = open();
  const box = canvas().getBoundingClientRect();
  expect(box.width).toBeGreaterThan(100);
  await userEvent.click(canvas(), { position: { x: box.width * 0.2, y: box.height * 0.2 } });
  expect(last()).not.toBeNull(); // a dot
  await button('Clear').click();
  expect(last()).toBeNull();
  withoutCapture();
  draw([
    [20, 10],
    [20, 30],
    [20, 50],
  ]);
  const picture = rows(last()!, 8);
  // An upright line, drawn small and to the left, runs from edge to edge in the two middle columns.
  for (const row of picture) expect(row[3]! + row[4]!).toBeGreaterThan(100);
  for (const row of picture) expect(row[0]! + row[1]! + row[6]! + row[7]!).toBe(0);
});

test('characters of larger pictures lie in a box of 20 of 28 pixels around their centre of mass', () => {
  const { last } = open({ width: 28, height: 28 });
  withoutCapture();
  draw(ellipse, [
    [62, 30],
    [62, 50],
  ]);
  let [mass, x, y] = [0, 0, 0];
  const inked: number[] = [];
  for (const [i, value] of last()!.entries()) {
    mass += value;
    x += value * ((i % 28) + 0.5);
    y += value * (Math.floor(i / 28) + 0.5);
    if (value > 40) inked.push(Math.floor(i / 28));
  }
  expect(x / mass).toBeCloseTo(14, 0);
  expect(y / mass).toBeCloseTo(14, 0);
  const tall = Math.max(...inked) - Math.min(...inked) + 1;
  expect(tall).toBeGreaterThanOrEqual(19);
  expect(tall).toBeLessThanOrEqual(21);
});

test('drawn digits look like the digits of the sample: the nearest mean is their own', async () => {
  // Each part has digits of its own.
  const parts = await Promise.all([1, 2, 3].map(async (part) => (await fetch(`/samples/digits-${part}.csv`)).text()));
  const means = Array.from({ length: 10 }, () => ({ n: 0, sum: new Float64Array(64) }));
  for (const line of parts.flatMap((text) => text.split('\n').slice(2)).filter(Boolean)) {
    const cells = line.split(',').map(Number);
    const mean = means[cells[64]!]!;
    mean.n++;
    for (let i = 0; i < 64; i++) mean.sum[i]! += cells[i]! / 16;
  }
  const nearest = (pixels: Uint8Array) => {
    const distances = means.map(({ n, sum }) => pixels.reduce((total, v, i) => total + (v / 255 - sum[i]! / n) ** 2, 0));
    return distances.indexOf(Math.min(...distances));
  };
  withoutCapture();
  const { last } = open();
  draw(ellipse);
  expect(nearest(last()!)).toBe(0);
  await button('Clear').click();
  draw([
    [50, 20],
    [50, 35],
    [50, 60],
  ]);
  expect(nearest(last()!)).toBe(1);
  await button('Clear').click();
  draw([
    [20, 20],
    [40, 20],
    [60, 20],
    [48, 50],
    [40, 80],
  ]);
  expect(nearest(last()!)).toBe(7);
});

test('by keyboard alone: cells are walked, painted and emptied, and each is said', async () => {
  const { last } = open();
  await userEvent.tab();
  const cell = () => document.activeElement!.getAttribute('aria-label');
  expect(cell()).toBe('row 1 column 1, empty');
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}{ArrowDown}{ArrowUp}{ArrowUp}{ }');
  expect(cell()).toBe('row 1 column 4, filled');
  await expect.element(page.getByRole('status')).toHaveTextContent('row 1 column 4, filled');
  expect(last()!.indexOf(255)).toBeGreaterThanOrEqual(0);
  // With Shift the path is painted; the picture matches it to the pixel.
  await userEvent.keyboard('{Shift>}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}{/Shift}');
  expect(cell()).toBe('row 8 column 4, filled');
  const picture = rows(last()!, 8);
  const column = picture[0]!.indexOf(255);
  expect([3, 4]).toContain(column);
  expect(picture).toEqual(Array.from({ length: 8 }, () => Array.from({ length: 8 }, (_, x) => (x === column ? 255 : 0))));
  await userEvent.keyboard('{Backspace}');
  expect(cell()).toBe('row 8 column 4, empty');
  expect(last()!.filter((v) => v === 255)).toHaveLength(7);
  await userEvent.keyboard('{Home}{End}{Control>}{Home}{/Control}{PageDown}{Enter}');
  expect(cell()).toBe('row 8 column 1, filled');
  // One tab stop for the whole grid; then Undo.
  await userEvent.tab();
  expect(document.activeElement?.textContent).toBe('Undo');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('status')).toHaveTextContent('The last mark is undone.');
  expect(last()!.filter((v) => v === 255)).toHaveLength(7);
});

test('strokes fill the cells that a keyboard painter hears about, and undo takes one mark at a time', async () => {
  withoutCapture();
  const { last, seen } = open();
  draw(
    [
      [10, 6],
      [50, 6],
      [95, 6],
    ],
    [
      [10, 94],
      [50, 94],
      [95, 94],
    ],
  );
  await expect.element(page.getByRole('gridcell', { name: 'row 1 column 5, filled' })).toBeInTheDocument();
  await expect.element(page.getByRole('gridcell', { name: 'row 5 column 5, empty' })).toBeInTheDocument();
  await button('Undo').click();
  await expect.element(page.getByRole('gridcell', { name: 'row 8 column 5, empty' })).toBeInTheDocument();
  expect(last()).not.toBeNull();
  await button('Undo').click();
  expect(last()).toBeNull();
  await button('Undo').click();
  await expect.element(page.getByRole('status')).toHaveTextContent('There is nothing to undo.');
  expect(seen.at(-1)).toBeNull();
});

test('a second finger draws nothing while the first one does', () => {
  withoutCapture();
  const { seen } = open();
  const fire = (type: string, pointerId: number) =>
    canvas().dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId, button: 0, clientX: 20 * pointerId, clientY: 30 }));
  fire('pointerdown', 1);
  fire('pointerdown', 2);
  fire('pointermove', 2);
  fire('pointerup', 2);
  expect(seen).toHaveLength(0);
  fire('pointerup', 1);
  expect(seen).toHaveLength(1);
});

test('ink is dark on light paper, and colours are kept where the task has colours', async () => {
  withoutCapture();
  const light = open({ background: 'light', width: 28, height: 28 });
  draw([
    [50, 10],
    [50, 90],
  ]);
  expect(light.last()![0]).toBe(255);
  expect(Math.min(...light.last()!)).toBeLessThan(20);
  dispose!();
  const colours = open({ background: 'none', colour: 'rgb', width: 16, height: 16 });
  await page.getByRole('radio', { name: 'red' }).click();
  draw([
    [5, 50],
    [50, 50],
    [95, 50],
  ]);
  const pixels = colours.last()!;
  expect(pixels).toHaveLength(16 * 16 * 3);
  expect([...pixels.subarray(0, 3)]).toEqual([128, 128, 128]);
  const middle = (8 * 16 + 8) * 3;
  expect(pixels[middle]!).toBeGreaterThan(pixels[middle + 1]! + 60);
});

test('a larger picture has a coarser grid, and a change of size starts it anew', async () => {
  const [side, setSide] = createSignal(28);
  open({
    get width() {
      return side();
    },
    get height() {
      return side();
    },
  });
  expect(page.getByRole('gridcell').elements()).toHaveLength(256);
  setSide(8);
  await expect.poll(() => page.getByRole('gridcell').elements()).toHaveLength(64);
});

test.each([
  ['light', 8],
  ['dark', 28],
] as const)('no fault of accessibility, %s, %s pixels, at 320 px', async (theme, side) => {
  await page.viewport(320, 640);
  document.documentElement.dataset['theme'] = theme;
  document.documentElement.lang = 'en';
  open({ width: side, height: side, colour: side === 28 ? 'rgb' : 'grey' });
  await userEvent.tab();
  const { violations } = await axe.run(document.querySelector('main')!, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  delete document.documentElement.dataset['theme'];
  await page.viewport(1280, 800);
});
