/**
 * A field to draw on, by mouse, touch, pen or keyboard, that gives a small picture of the task's size: one byte per pixel and colour.
 * The drawing stays in the page until its parent passes it on. ink.ts turns marks into bytes.
 */
import { createEffect, createSignal, createUniqueId, For, on, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import '../../styles/images.css';
import { cellText, DrawGrid } from './draw-grid.tsx';
import { gridOf, inkedCells, inkPixels, paintMarks, type Field, type Mark } from './ink.ts';
import { PixelView } from './pixel-view.tsx';

export interface DrawPadProps extends Field {
  /** The accessible name of the field: "Draw a digit". */
  readonly label: string;
  /** Called after each stroke: height x width x channels bytes (grey 1, rgb 3), or null if the field is empty again. */
  readonly onChange: (pixels: Uint8Array<ArrayBuffer> | null) => void;
}

/** Approximate canvas pixels of the longer side. */
const VIEW_SIDE = 384;

const GREY_PENS = { dark: ['#ffffff'], light: ['#000000'], none: ['#ffffff', '#000000'] } as const;
const COLOUR_PENS = ['#000000', '#ffffff', '#d1242f', '#e6892e', '#f2d024', '#2f9e44', '#1c7ed6', '#7b4bb7', '#8a5a36'] as const;
const PEN_NAMES = {
  '#000000': 'draw.pen.black',
  '#ffffff': 'draw.pen.white',
  '#d1242f': 'draw.pen.red',
  '#e6892e': 'draw.pen.orange',
  '#f2d024': 'draw.pen.yellow',
  '#2f9e44': 'draw.pen.green',
  '#1c7ed6': 'draw.pen.blue',
  '#7b4bb7': 'draw.pen.purple',
  '#8a5a36': 'draw.pen.brown',
} as const;
type Pen = keyof typeof PEN_NAMES;

/** Pens that are visible on this field, the default first. */
function pensOf({ colour, background }: Field): readonly Pen[] {
  if (colour === 'grey') return GREY_PENS[background];
  return background === 'dark'
    ? COLOUR_PENS.filter((pen) => pen !== '#000000')
    : COLOUR_PENS.filter((pen) => background === 'none' || pen !== '#ffffff');
}

export function DrawPad(props: DrawPadProps): JSX.Element {
  const field = (): Field => ({ width: props.width, height: props.height, colour: props.colour, background: props.background });
  const hintId = createUniqueId();
  const [marks, setMarks] = createSignal<readonly Mark[]>([]);
  const [pen, setPen] = createSignal<Pen>(pensOf(field())[0]!);
  const [pixels, setPixels] = createSignal<Uint8Array<ArrayBuffer> | null>(null);
  const [filled, setFilled] = createSignal<readonly boolean[]>([]);
  const [news, setNews] = createSignal('');
  let canvas!: HTMLCanvasElement;

  const change = (next: readonly Mark[], said: string) => {
    setMarks(next);
    setPixels(inkPixels(field(), next));
    setNews(said);
    props.onChange(pixels());
  };
  const undo = () => change(marks().slice(0, -1), t(marks().length === 0 ? 'draw.nothing' : 'draw.undone'));
  const paint = (row: number, column: number, ink: boolean) =>
    change([...marks(), { kind: 'cell', row, column, pen: ink ? pen() : null }], cellText(row, column, ink));

  const fine = () => Math.max(4, Math.round(VIEW_SIDE / Math.max(props.width, props.height)));
  const show = (all: readonly Mark[]): ImageData => {
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    paintMarks(context, field(), all, fine());
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };
  createEffect(on([marks, field], ([all]) => setFilled(inkedCells(field(), show(all)))));

  return (
    <div class="draw-pad">
      <Show when={pensOf(field()).length > 1}>
        <Pens pens={pensOf(field())} chosen={pen()} onChoose={setPen} />
      </Show>
      <div
        class="draw-field"
        data-ink={props.colour === 'grey' && props.background === 'dark' ? 'white' : undefined}
        style={{ 'aspect-ratio': `${props.width} / ${props.height}` }}
      >
        <canvas
          ref={canvas}
          width={props.width * fine()}
          height={props.height * fine()}
          aria-hidden="true"
          {...penEvents(
            () => ({ width: props.width, height: props.height }),
            (points) => show([...marks(), { kind: 'stroke', points, pen: pen() }]),
            (points) => change([...marks(), { kind: 'stroke', points, pen: pen() }], ''),
          )}
        />
        <DrawGrid {...gridOf(props)} label={props.label} describedBy={hintId} filled={filled()} onPaint={paint} />
      </div>
      <div class="actions">
        <button type="button" class="button" onClick={undo}>
          {t('draw.undo')}
        </button>
        <button type="button" class="button" onClick={() => change([], t('draw.cleared'))}>
          {t('draw.clear')}
        </button>
        <Show when={pixels()}>{(seen) => <PixelView {...field()} pixels={seen()} label={t('draw.seen')} />}</Show>
      </div>
      <p class="quiet" id={hintId}>
        {t('draw.keys')}
      </p>
      <p class="unseen" role="status">
        {news()}
      </p>
    </div>
  );
}

interface PenEvents {
  readonly onPointerDown: (event: PointerEvent & { currentTarget: HTMLCanvasElement }) => void;
  readonly onPointerMove: (event: PointerEvent & { currentTarget: HTMLCanvasElement }) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: (event: PointerEvent) => void;
}

/** One stroke at a time, from the pointer that began it: a second finger, or a palm beside the pen, draws nothing. */
function penEvents(
  size: () => { readonly width: number; readonly height: number },
  onMove: (points: readonly number[]) => void,
  onEnd: (points: readonly number[]) => void,
): PenEvents {
  let pointer: number | null = null;
  let points: number[] = [];
  const add = (event: PointerEvent, canvas: HTMLCanvasElement) => {
    const box = canvas.getBoundingClientRect();
    const { width, height } = size();
    points.push(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
  };
  const end = (event: PointerEvent) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    onEnd(points);
  };
  return {
    onPointerDown(event) {
      if (pointer !== null || event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pointer = event.pointerId;
      points = [];
      add(event, event.currentTarget);
      onMove(points);
    },
    onPointerMove(event) {
      if (event.pointerId !== pointer) return;
      const all = event.getCoalescedEvents();
      for (const one of all.length > 0 ? all : [event]) add(one, event.currentTarget);
      onMove(points);
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}

function Pens(props: { readonly pens: readonly Pen[]; readonly chosen: Pen; readonly onChoose: (pen: Pen) => void }): JSX.Element {
  const group = createUniqueId();
  return (
    <fieldset class="pens">
      <legend>{t('draw.pen')}</legend>
      <For each={props.pens}>
        {(pen) => (
          <label>
            <input type="radio" name={group} checked={props.chosen === pen} onChange={() => props.onChoose(pen)} />
            <span class="pen" style={{ background: pen }} aria-hidden="true" />
            {t(PEN_NAMES[pen])}
          </label>
        )}
      </For>
    </fieldset>
  );
}
