/**
 * The compiled engine over random networks: it agrees with the oracle, stays within its own memory, and keeps no trace of earlier rows.
 * Manifests come from strangers, so any network that can be planned may occur.
 */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Layer } from '#protocol/model/layers';
import { flat, planNetwork, valuesOf, type NetworkLayer } from '#protocol/model/architecture';
import { createArena, type Arena } from './arena.ts';
import { buildWasm } from './build.ts';
import { SHORT_ERROR } from './grid.ts';
import type { Kernels } from './kernels.ts';
import { openModel } from './model.ts';
import type { Clipping, Model, ModelSpec, Rows } from './numerics.ts';
import { oracle } from './reference/model.ts';
import { uniform } from './seeded-run.fixture.ts';
import { leastBits, squaredNorm } from './testing/clipping-suite.ts';
import { allLayers, LOSSES, NETWORKS, parametersFor, rowsFor } from './testing/networks.ts';
import { networks } from './testing/random-networks.ts';

type Open = (spec: ModelSpec, maxLot: number, unitRows: number) => Model;

/** One instance, the arena of its models, and each model's place. */
interface Instance {
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly open: Open;
  /** Of the last model: address and bytes. */
  readonly place: () => readonly [number, number];
}

const modules = new Map<string, WebAssembly.Module>();

beforeAll(async () => {
  await buildWasm();
  for (const file of ['core.wasm', 'core-relaxed.wasm']) {
    modules.set(file, await WebAssembly.compile(await readFile(new URL(`../build/wasm/${file}`, import.meta.url))));
  }
});

function instantiate(module: WebAssembly.Module): Instance {
  const abort = (): never => {
    throw new Error('a kernel aborted');
  };
  const kernels = new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as Kernels;
  const arena = createArena(kernels.memory, kernels.heapBase());
  let place: readonly [number, number] = [0, 0];
  const watched: Arena = {
    get used() {
      return arena.used;
    },
    take(bytes) {
      const at = arena.take(bytes);
      place = [at, bytes];
      return at;
    },
    release: (at) => arena.release(at),
  };
  return {
    kernels,
    arena,
    open: (spec, maxLot, unitRows) => openModel(kernels, watched, spec, maxLot, unitRows),
    place: () => place,
  };
}

const cases = fc.record({
  network: networks,
  loss: fc.constantFrom(...LOSSES),
  seed: fc.nat({ max: 1e6 }),
  maxLot: fc.constantFrom(1, 3, 64),
  /** Rows of each unit. */
  sizes: fc.oneof<fc.Arbitrary<number[]>[]>(
    fc.array(fc.constant(1), { minLength: 1, maxLength: 9 }),
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    fc.constantFrom([64], [1, 17, 2]),
  ),
  perLayer: fc.boolean(),
  /** Long enough that a gradient's f32 error does not change steps. */
  clip: fc.constantFrom(1e3, 0.5),
});
type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

interface Given {
  readonly spec: ModelSpec;
  readonly rows: Rows;
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly lot: Int32Array<ArrayBuffer>;
  readonly clipping: Clipping;
  readonly unitRows: number;
}

function given({ network, loss, seed, sizes, perLayer, clip }: Case): Given {
  const spec: ModelSpec = { network, loss };
  const draw = uniform(seed + 1);
  const parameters = parametersFor(network, 0.7, draw);
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const rows = rowsFor(spec, count + 1, draw);
  const lot = Int32Array.from({ length: count }, (_, i) => count - i);
  const gridBits = Math.max(16, leastBits(network, perLayer));
  return {
    spec,
    rows,
    parameters,
    lot,
    clipping: { clip, gridBits, perLayer, units: Int32Array.from(sizes) },
    unitRows: Math.max(...sizes),
  };
}

function set(model: Model, { parameters }: Given, seed: number): Model {
  model.setParameters(parameters);
  model.seedDropout(seed);
  return model;
}

/** All results of a model, as bits. */
function answers(model: Model, { rows, lot, clipping }: Given): Record<string, unknown> {
  const { steps, within } = model.clippedSum(rows, lot, clipping);
  const { loss, gradient } = model.gradient(rows, lot);
  const forward = model.forward(rows.x);
  const score = model.evaluate(rows);
  const before = model.sgdStep(rows, lot, 0.05);
  return { steps, within, loss, gradient, forward, score, before, parameters: model.parameters() };
}

/** Checks the f32 error: at most `loose` times a fraction of each value and of the typical one, plus the effect of perturbed inputs. */
function near(loose: number, what: string, got: ArrayLike<number>, truth: ArrayLike<number>, touched: ArrayLike<number>): void {
  if (got.length !== truth.length) throw new Error(`${what}: ${got.length} values for ${truth.length}`);
  let [squares, moved] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    squares += truth[i]! ** 2;
    moved = Math.max(moved, Math.abs(truth[i]! - touched[i]!));
  }
  const usual = Math.sqrt(squares / Math.max(1, truth.length));
  for (let i = 0; i < truth.length; i++) {
    const most = loose * 1e-4 * (Math.abs(truth[i]!) + usual) + 20 * moved + 1e-6;
    if (!(Math.abs(got[i]! - truth[i]!) <= most)) throw new Error(`${what}[${i}]: ${got[i]} for ${truth[i]}, at most ${most} apart`);
  }
}

const touch = (values: Float32Array, draw: () => number): Float32Array<ArrayBuffer> =>
  Float32Array.from(values, (value) => value * (1 + (draw() - 0.5) * 1e-6));

/** Whether a norm's sets hold fewer than three values. */
const normsFew = (layers: readonly NetworkLayer[]): boolean =>
  allLayers(layers).some(
    (layer) =>
      (layer.kind === 'layer-norm' && layer.channels < 3) || (layer.kind === 'group-norm' && valuesOf(layer.input) < 3 * layer.groups),
  );

const DENSE: Layer = { kind: 'dense', inputs: 3, outputs: 3 };

/** A fixed seed: in a few random networks per million, f32 is too coarse to compare with f64. */
const DRAW = { numRuns: 150, seed: 20 };

describe.each(['core.wasm', 'core-relaxed.wasm'])('%s', (file) => {
  /** The plain build again if this machine does not fuse. */
  const instance = (): Instance => {
    const relaxed = instantiate(modules.get(file)!);
    return relaxed.kernels.relaxed() === relaxed.kernels.fused() ? relaxed : instantiate(modules.get('core.wasm')!);
  };

  test('outputs, gradients, steps and clipped sums are those of the oracle', () => {
    const { open } = instance();
    fc.assert(
      fc.property(cases, (about) => {
        const asked = given(about);
        const { spec, rows, lot, clipping, parameters, unitRows } = asked;
        const model = set(open(spec, about.maxLot, unitRows), asked, about.seed);
        const draw = uniform(about.seed + 2);
        // The slope of a norm of one value is zero; f32 leaves up to 1 / sqrt(1e-5) times its own error.
        const loose = normsFew(spec.network.layers) ? 100 : 1;
        const isTokens = spec.network.layers[0]!.kind === 'embedding';
        const other: Given = {
          ...asked,
          parameters: touch(parameters, draw),
          rows: { ...rows, x: isTokens ? rows.x : touch(rows.x, draw) },
        };
        const [truth, touched] = [asked, other].map((from) => ({ from, model: set(oracle.model(spec, 1), from, about.seed) }));
        const ask = <T>(what: (of: Model, from: Given) => T): [T, T, T] => [
          what(model, asked),
          what(truth!.model, truth!.from),
          what(touched!.model, touched!.from),
        ];
        near(loose, 'forward', ...ask((of, from) => of.forward(from.rows.x)));
        const mean = ask((of, from) => of.gradient(from.rows, lot));
        near(loose, 'loss', ...(mean.map(({ loss }) => [loss]) as [number[], number[], number[]]));
        near(loose, 'gradient', ...(mean.map(({ gradient }) => gradient) as [Float32Array, Float32Array, Float32Array]));
        near(loose, 'score', ...ask((of, from) => [of.evaluate(from.rows).loss]));
        const steps = ask((of, from) => of.clippedSum(from.rows, lot, clipping).steps);
        // Rounding, once per unit.
        const most = steps.map((sum) => Float64Array.from(sum)) as [Float64Array, Float64Array, Float64Array];
        const off = most[0].reduce((far, value, i) => Math.max(far, Math.abs(value - most[1][i]!)), 0);
        const moved = most[2].reduce((far, value, i) => Math.max(far, Math.abs(value - most[1][i]!)), 0);
        const top = most[1].reduce((far, value) => Math.max(far, Math.abs(value)), 0);
        const own = (loose * 3e-6 * 2 ** clipping.gridBits) / clipping.clip;
        expect(off).toBeLessThanOrEqual(about.sizes.length * 2 + 20 * moved + (3e-4 + SHORT_ERROR) * top + own * lot.length);
        near(loose, 'step', ...ask((of, from) => [of.sgdStep(from.rows, lot, 0.05)]));
        near(loose, 'parameters', ...ask((of) => of.parameters()));
        model.free();
      }),
      DRAW,
    );
  });

  test('nothing outside of the model is written, and what lies there does not matter', () => {
    fc.assert(
      fc.property(cases, (about) => {
        const asked = given(about);
        const [alone, between] = [instance(), instance()];
        const expected = answers(set(alone.open(asked.spec, about.maxLot, asked.unitRows), asked, about.seed), asked);
        const { kernels, arena, open, place } = between;
        const [before, hole] = [arena.take(4096), arena.take(alone.place()[1])];
        const after = arena.take(1 << 16);
        new Uint32Array(kernels.memory.buffer, before, (after + (1 << 16) - before) / 4).fill(0x7fc0dead);
        arena.release(hole);
        const model = open(asked.spec, about.maxLot, asked.unitRows);
        expect(place()[0]).toBe(hole);
        const [from, to] = [hole, hole + place()[1]];
        const memory = Buffer.from(kernels.memory.buffer);
        const [low, high] = [Buffer.from(memory.subarray(0, from)), Buffer.from(memory.subarray(to))];
        expect(answers(set(model, asked, about.seed), asked)).toEqual(expected);
        expect(low.equals(memory.subarray(0, from))).toBe(true);
        expect(high.equals(memory.subarray(to))).toBe(true);
      }),
      DRAW,
    );
  });

  test('a unit counts the same in any company, in blocks of any length, and after rows that overflowed', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(NaN, Infinity, 3e38, -1e30, 1e19), (about, strange) => {
        const asked = given(about);
        const { spec, rows, lot, clipping, unitRows } = asked;
        const { open, arena } = instance();
        const model = set(open(spec, about.maxLot, unitRows), asked, about.seed);
        const all = model.clippedSum(rows, lot, clipping);

        const [sum, ends] = [new Int32Array(model.parameterCount), [0]];
        for (const size of about.sizes) ends.push(ends.at(-1)! + size);
        const poison = (x: Float32Array, every: number): Float32Array => x.map((value, i) => (i % every === 0 ? strange : value));
        const spoilt: Rows = { x: poison(rows.x, 2), y: rows.y };
        const other = set(open(spec, 64, unitRows), asked, about.seed);
        let within = 0;
        for (const [u, size] of about.sizes.entries()) {
          const unit = lot.slice(ends[u], ends[u + 1]);
          // Rows that overflow come first, in each place of the block.
          expect(squaredNorm(other.clippedSum(spoilt, unit, { ...clipping, units: Int32Array.of(size) }).steps)).toBeLessThanOrEqual(
            4 ** clipping.gridBits,
          );
          other.clippedSum(spoilt, lot, clipping);
          const one = other.clippedSum(rows, unit, { ...clipping, units: Int32Array.of(size) });
          expect(squaredNorm(one.steps)).toBeLessThanOrEqual(4 ** clipping.gridBits);
          for (const [i, steps] of one.steps.entries()) sum[i]! += steps;
          within += one.within;
        }
        expect(all).toEqual({ steps: sum, within });
        expect(other.clippedSum(rows, lot, clipping)).toEqual(all);
        const used = arena.used;
        other.free();
        const third = set(open(spec, 7, unitRows), asked, about.seed);
        expect(third.clippedSum(rows, lot, clipping)).toEqual(all);
        model.free();
        third.free();
        expect(arena.used).toBe(0);
        expect(used).toBeGreaterThan(0);
      }),
      DRAW,
    );
  });

  test('the bits stay when the engine compiles the kernels better: a thousand sums of one lot', () => {
    const { network } = NETWORKS.find(({ name }) => name === 'residual cnn')!;
    const spec: ModelSpec = { network, loss: 'cross-entropy' };
    const draw = uniform(8);
    const model = instance().open(spec, 16, 2);
    model.setParameters(parametersFor(network, 0.7, draw));
    model.seedDropout(5);
    const rows = rowsFor(spec, 5, draw);
    const clipping: Clipping = { clip: 0.3, gridBits: 16, units: Int32Array.of(1, 2, 1, 1) };
    const sum = () => model.clippedSum(rows, Int32Array.of(4, 2, 0, 1, 3), clipping);
    const first = sum();
    expect(first.steps.some((steps) => steps !== 0)).toBe(true);
    const last = Buffer.from(first.steps.buffer);
    let same = 0;
    for (let again = 0; again < 1000; again++) if (last.equals(Buffer.from(sum().steps.buffer))) same++;
    expect(same).toBe(1000);
  });

  // What one block leaves in the padding of its channels must not reach the next: zero times infinity is NaN.
  test.each<[string, Layer[]]>([
    ['the input of a flatten', [DENSE, { kind: 'tanh' }, { kind: 'flatten' }, { kind: 'dense', inputs: 3, outputs: 3 }]],
    ['the output', [DENSE, { kind: 'tanh' }]],
    ['a residual of an activation', [DENSE, { kind: 'residual', layers: [{ kind: 'tanh' }] }, { kind: 'dense', inputs: 3, outputs: 3 }]],
    ['a residual of a flatten', [DENSE, { kind: 'residual', layers: [{ kind: 'flatten' }] }, { kind: 'dense', inputs: 3, outputs: 3 }]],
    ['an activation behind another', [DENSE, { kind: 'tanh' }, { kind: 'tanh' }, { kind: 'dense', inputs: 3, outputs: 3 }]],
  ])('%s: rows that are no numbers leave the next ones as they are', (_name, layers) => {
    const spec: ModelSpec = { network: planNetwork(flat(3), layers), loss: 'mse' };
    const draw = uniform(3);
    const rows = rowsFor(spec, 4, draw);
    const parameters = parametersFor(spec.network, 0.7, draw);
    const { open } = instance();
    const [fresh, used] = [open(spec, 4, 4), open(spec, 4, 4)];
    for (const model of [fresh, used]) model.setParameters(parameters);
    const sum = (model: Model, of: Rows) =>
      model.clippedSum(of, Int32Array.of(0, 1, 2, 3), { clip: 1, gridBits: 16, units: Int32Array.of(4) });
    for (let again = 0; again < 3; again++) {
      expect(sum(used, { x: new Float32Array(12).fill(Infinity), y: rows.y }).steps).toEqual(new Int32Array(used.parameterCount));
    }
    expect(sum(fresh, rows).steps.some((steps) => steps !== 0)).toBe(true);
    expect(sum(used, rows)).toEqual(sum(fresh, rows));
  });
});
