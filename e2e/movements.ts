/**
 * Made-up movements that differ in nothing but how fast they go: strength, phase, direction and the way the phone is held are drawn afresh
 * for each recording. As files for members at a computer, as events for a page of a phone, and as rows to judge by.
 */
import { classesOf, type SequenceTask } from '#protocol/manifest/task';
import { windowsOf } from '#workers/loader/recording/sequence-rows';
import type { TrainingRows } from '#workers/training-rows';

/** Turns a second of each activity. */
export const ACTIVITIES: Readonly<Record<string, number>> = { strolling: 0.8, walking: 2, running: 4.5 };
const GRAVITY = 9.81;
const RATE = 25;

export interface Movement {
  readonly hertz: number;
  readonly phase: number;
  /** m/s2 along x, y and z at the height of a turn, and of gravity. */
  readonly swing: readonly [number, number, number];
  readonly rest: readonly [number, number, number];
}

/** Draws that a seed repeats (Numerical Recipes' generator). */
export function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function movementOf(activity: string, draw: () => number): Movement {
  const [tilt, turn, strength] = [0.2 * draw(), 2 * Math.PI * draw(), 10 + 6 * draw()];
  const [up, across] = [0.6 * (draw() - 0.5), 0.6 * (draw() - 0.5)];
  return {
    hertz: ACTIVITIES[activity]! * (0.9 + 0.2 * draw()),
    phase: 2 * Math.PI * draw(),
    swing: [strength * Math.cos(across) * Math.cos(up), strength * Math.sin(across), strength * Math.sin(up)],
    rest: [GRAVITY * Math.sin(tilt) * Math.cos(turn), GRAVITY * Math.sin(tilt) * Math.sin(turn), GRAVITY * Math.cos(tilt)],
  };
}

const at = ({ hertz, phase, swing, rest }: Movement, seconds: number): number[] =>
  rest.map((still, i) => still + swing[i]! * Math.sin(2 * Math.PI * hertz * seconds + phase));

/** One CSV with a line a moment, as a member at a computer has recordings of a data logger. */
export function movementsCsv(each: number, seconds: number, seed: number): string {
  const draw = draws(seed);
  const lines = ['recording,x,y,z,activity'];
  for (let i = 0; i < each; i++) {
    for (const activity of Object.keys(ACTIVITIES)) {
      const movement = movementOf(activity, draw);
      for (let moment = 0; moment <= seconds * RATE; moment++) {
        const values = at(movement, moment / RATE).map((value) => value.toFixed(3));
        lines.push(`${activity}-${i},${values.join(',')},${activity}`);
      }
    }
  }
  return lines.join('\n');
}

/** Rows of recordings that nobody trained on. */
export function freshRows(task: SequenceTask, each: number, seconds: number, seed: number): TrainingRows {
  const draw = draws(seed);
  const names = Object.keys(ACTIVITIES);
  const recordings = Array.from({ length: each * names.length }, (_, i) => {
    const label = i % names.length;
    const movement = movementOf(names[label]!, draw);
    const values = Float32Array.from({ length: 3 * (seconds * RATE + 1) }, (__, k) => at(movement, Math.floor(k / 3) / RATE)[k % 3]!);
    return { id: String(i), label: classesOf(task).indexOf(names[label]!), values };
  });
  return windowsOf(task, recordings);
}
