/**
 * The demo as a picture: participants around their model, with a line between any two. Still until it runs; then a dot travels along a line
 * for each real message, and the ring shows the share of correct answers. Decorative: the numbers are beside it.
 */
import { createEffect, For, on, Show, type JSX } from 'solid-js';
import '../../styles/mesh.css';
import { percent } from '../../words/format.ts';
import type { Sent } from './messages.ts';

export interface MeshNode {
  readonly name: string;
  /** The answers in its rows: "0 1 2". */
  readonly brings: string;
}

export interface MeshProps {
  readonly nodes: readonly MeshNode[];
  /** Share of public rows that the newest model gets right; null while unknown. */
  readonly accuracy: number | null;
  /** Messages that have just been sent; the seat is `null`. */
  readonly sent: readonly Sent[];
}

const [WIDTH, HEIGHT] = [480, 400];
const CENTRE = { x: WIDTH / 2, y: HEIGHT / 2 + 14 };
const [AROUND, RING, NODE] = [142, 58, 9];
const PULSE_MS = 300;
/** Maximum number of moving dots: with more, the picture only flickers. */
const PULSES_MAX = 24;

interface Point {
  readonly x: number;
  readonly y: number;
}

function placeOf(node: number, nodes: number): Point {
  const turn = (2 * Math.PI * node) / nodes - Math.PI / 2;
  return { x: CENTRE.x + AROUND * Math.cos(turn), y: CENTRE.y + AROUND * Math.sin(turn) };
}

export function Mesh(props: MeshProps): JSX.Element {
  let layer!: SVGGElement;
  const places = () => props.nodes.map((_, i) => placeOf(i, props.nodes.length));
  const at = (node: number | null): Point | undefined => (node === null ? CENTRE : places()[node]);
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  createEffect(
    on(
      () => props.sent,
      (sent) => {
        if (still.matches) return;
        for (const { from, to } of sent.slice(0, PULSES_MAX - layer.childElementCount)) {
          const [a, b] = [at(from), at(to)];
          if (a !== undefined && b !== undefined) pulse(layer, a, b);
        }
      },
      { defer: true },
    ),
  );
  const length = 2 * Math.PI * RING;
  return (
    <svg class="mesh" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <g class="mesh-lines">
        <For each={places()}>
          {(a, i) => (
            <>
              <line x1={a.x} y1={a.y} x2={CENTRE.x} y2={CENTRE.y} />
              <For each={places().slice(i() + 1)}>{(b) => <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke-dasharray="1 6" />}</For>
            </>
          )}
        </For>
      </g>
      <circle class="mesh-core" cx={CENTRE.x} cy={CENTRE.y} r={RING} />
      <circle class="mesh-track" cx={CENTRE.x} cy={CENTRE.y} r={RING} />
      <circle
        class="mesh-ring"
        cx={CENTRE.x}
        cy={CENTRE.y}
        r={RING}
        transform={`rotate(-90 ${CENTRE.x} ${CENTRE.y})`}
        stroke-dasharray={`${(props.accuracy ?? 0) * length} ${length}`}
        classList={{ empty: props.accuracy === null }}
      />
      <Show when={props.accuracy}>
        {(share) => (
          <text class="mesh-share" x={CENTRE.x} y={CENTRE.y + 11} text-anchor="middle">
            {percent(share())}
          </text>
        )}
      </Show>
      <g ref={layer} class="mesh-pulses" />
      <For each={props.nodes}>
        {(node, i) => {
          const place = () => placeOf(i(), props.nodes.length);
          /** Names are outside the ring of participants. */
          const below = () => place().y > CENTRE.y;
          return (
            <g class="mesh-node">
              <circle cx={place().x} cy={place().y} r={NODE} />
              <text class="mesh-brings" x={place().x} y={place().y + (below() ? 38 : -22)} text-anchor="middle">
                {node.brings}
              </text>
              <text class="mesh-name" x={place().x} y={place().y + (below() ? 66 : -50)} text-anchor="middle">
                {node.name}
              </text>
            </g>
          );
        }}
      </For>
    </svg>
  );
}

function pulse(layer: SVGGElement, from: Point, to: Point): void {
  const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
  dot.setAttribute('r', '4');
  layer.append(dot);
  const way = [from, to].map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` }));
  dot.animate(way, { duration: PULSE_MS, easing: 'ease-in-out' }).finished.then(
    () => dot.remove(),
    () => dot.remove(),
  );
}
