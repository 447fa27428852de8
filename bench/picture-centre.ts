/**
 * The benefit of centring pictures on a public value, with the real encoder, trainer, noise and rule in a federation without a network:
 * MNIST (black around ink), and made-up colour photographs with varying light and bright middles. Compares the earlier zero, one rounded
 * median per colour, and a rounded median for each of 4 x 4 fields. One line of JSON for each.
 *
 *   node bench/picture-centre.ts [seeds]     needs `npm run data` and `npm run build:wasm`
 */
import { termsOf } from '#workers/founding/terms';
import { inputShape, inputWidth, type ImageTask } from '#protocol/manifest/task';
import { loadTrainingNumerics } from '#wasm/load-node';
import { roundTypical } from '#workers/founding/round-range';
import { pickRows } from '#workers/loader/hold-out';
import { manifestFixture } from '#workers/manifest.fixture';
import type { TrainingRows } from '#workers/training-rows';
import { mean, round } from '../e2e/verdict.ts';
import { lackOf } from '../scripts/data-place.ts';
import { readData, setAside } from './central-data.ts';
import { trainTogether } from './digits-federation.ts';

const [MEMBERS, EACH, TEST, SAMPLE] = [5, 200, 1000, 200];
const FIELDS = 4;
const BYTES = { min: 0, max: 255 };

/** Bytes, row by row. */
interface Pictures {
  readonly task: ImageTask;
  readonly pixels: Float32Array;
  readonly y: Int32Array<ArrayBuffer>;
}

async function mnist(seed: string): Promise<Pictures> {
  const all = await readData('mnist');
  if (all === null) throw new Error(lackOf('mnist'));
  const classes = Array.from({ length: 10 }, (_, i) => String(i));
  const task: ImageTask = { kind: 'image', width: 28, height: 28, colour: 'grey', background: 'dark', label: { name: 'digit', classes } };
  const { x, y } = pickRows(setAside(all, seed).train, Array.from({ length: MEMBERS * EACH + TEST }, (_, i) => i)); // prettier-ignore
  return { task, pixels: x.map((value) => Math.round((value * 255) / 2)), y: Int32Array.from(y) };
}

/** A shape of one of three kinds in one of two hues, somewhere on a bright background of varying light and tone. */
async function photographs(seed: string): Promise<Pictures> {
  const [side, classes] = [16, ['red disc', 'red cross', 'red bars', 'blue disc', 'blue cross', 'blue bars']];
  const count = MEMBERS * EACH + TEST;
  let state = [...seed].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  const y = Int32Array.from({ length: count }, () => Math.floor(uniform() * classes.length));
  const pixels = new Float32Array(count * side * side * 3);
  for (let i = 0; i < count; i++) {
    const [kind, blue] = [y[i]! % 3, y[i]! >= 3];
    const light = 0.8 + 0.4 * uniform();
    const [cx, cy, size] = [5 + 6 * uniform(), 5 + 6 * uniform(), 3 + 2 * uniform()];
    for (let p = 0; p < side * side; p++) {
      const [dx, dy] = [(p % side) - cx, Math.floor(p / side) - cy];
      const inside = Math.abs(dx) < size && Math.abs(dy) < size;
      const shape = [
        Math.hypot(dx, dy) < size,
        inside && Math.min(Math.abs(dx), Math.abs(dy)) < 1,
        inside && Math.floor(dy + 32) % 3 === 0,
      ][kind];
      const ground = [205, 185, 150];
      const ink = blue ? [120, 130, 190] : [200, 110, 90];
      for (let c = 0; c < 3; c++) {
        const value = light * (shape === true ? ink : ground)[c]! + 60 * (uniform() - 0.5);
        pixels[(i * side * side + p) * 3 + c] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
  const label = { name: 'what', classes };
  return { task: { kind: 'image', width: side, height: side, colour: 'rgb', background: 'none', label }, pixels, y };
}

/** @returns the zero of each input */
const CENTRES: Readonly<Record<string, (pictures: Pictures) => number[]>> = {
  'as it was': ({ task }) => Array.from({ length: inputWidth(task) }, () => ({ dark: 0, light: 255, none: 127.5 })[task.background]),
  'a colour': (pictures) => mediansBy(pictures, () => 0),
  'a field and colour': (pictures) => mediansBy(pictures, (x, y) => FIELDS * y + x),
};

function mediansBy({ task, pixels }: Pictures, fieldOf: (x: number, y: number) => number): number[] {
  const { width, height, channels } = inputShape(task);
  const inputs = width * height * channels;
  const keys = Array.from({ length: inputs }, (_, i) => {
    const place = Math.floor(i / channels);
    const [x, y] = [place % width, Math.floor(place / width)];
    return channels * fieldOf(Math.floor((x * FIELDS) / width), Math.floor((y * FIELDS) / height)) + (i % channels);
  });
  const seen = new Map<number, number[]>();
  for (const [i, key] of keys.entries()) {
    const values = seen.get(key) ?? [];
    seen.set(key, values);
    for (let row = 0; row < SAMPLE; row++) values.push(pixels[row * inputs + i]!);
  }
  const medians = new Map([...seen].map(([key, values]) => [key, roundTypical(Float64Array.from(values).sort(), BYTES)]));
  return keys.map((key) => medians.get(key)!);
}

const numerics = await loadTrainingNumerics();
const seeds = Array.from({ length: Number(process.argv[2] ?? 5) }, (_, i) => `centre/${i + 1}`);
for (const [name, read] of Object.entries({ mnist, photographs })) {
  const scenes = await Promise.all(seeds.map(read));
  for (const epsilon of [8, 3, 1]) {
    for (const layered of [false, true]) {
      const figures = Object.entries(CENTRES).map(([centre, zeroOf]) => {
        const accuracies = scenes.map((pictures, i) => {
          const { task, y } = pictures;
          const zero = zeroOf(pictures);
          const x = pictures.pixels.map((value, at) => ((value - zero[at % zero.length]!) * 2) / 255);
          const part = (from: number, count: number): TrainingRows =>
            pickRows(
              { x, y },
              Array.from({ length: count }, (_, row) => from + row),
            );
          const policy = {
            epsilon,
            delta: 1e-5,
            members: MEMBERS,
            rowsEach: EACH,
            hidden: [],
            ...(layered ? { layers: true as const } : {}),
          };
          const manifest = { ...manifestFixture(), task, ...termsOf(task, policy, seeds[i]!) };
          const members = Array.from({ length: MEMBERS }, (_, m) => part(m * EACH, EACH));
          return trainTogether(numerics, manifest, members, part(MEMBERS * EACH, TEST), seeds[i]!);
        });
        const average = mean(accuracies);
        const sd = Math.sqrt(mean(accuracies.map((one) => (one - average) ** 2)) / Math.max(1, accuracies.length - 1));
        return [centre, `${round(average)} ± ${round(sd)}`] as const;
      });
      process.stdout.write(`${JSON.stringify({ name, epsilon, model: layered ? 'layers' : 'linear', ...Object.fromEntries(figures) })}\n`);
    }
  }
}
