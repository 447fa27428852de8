import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import { STATE_BYTES_MAX } from '#protocol/limits';
import { networkOf } from '#protocol/manifest/manifest';
import { initialState, parameterTensors } from '#protocol/model/state';
import { writeSafetensors } from '#protocol/model/safetensors';
import { classesOf, type Task } from '#protocol/manifest/task';
import { loadNumerics } from '#wasm/load-node';
import type { Result } from '../api.ts';
import { figureOf } from '../trainer/goodness.ts';
import { loadRows } from '../loader/source.ts';
import type { KeptRows } from '../rows/loaded-rows.ts';
import { counting } from '../solo/counted-work.fixture.ts';
import type { CheckScores, RehearsalStep } from './api.ts';
import { BIASES, FEDERATION, MANIFEST, modelFile, openLab, softmax, testSetOf, UNMOVED, value, WEIGHTS } from './lab.fixture.ts';

const refusal = (answer: Result<unknown>) => (answer.ok ? null : [answer.error.code, answer.error.detail.field]);

describe('the model to try', () => {
  it('is the model of a file, or the initial one', async () => {
    const lab = openLab();
    expect(value(await lab.open(FEDERATION, MANIFEST, modelFile(), null))).toMatchObject({ round: 12, models: 11, state: 'stateOfTwelve' });
    expect(value(await lab.open(FEDERATION, MANIFEST, null, null))).toMatchObject({ round: 0, models: 0, state: null });
    const { parameters: w } = initialState(networkOf(MANIFEST), MANIFEST.model.seed);
    const { probabilities } = value(await lab.predict({ cells: { x: '1', y: '-1' } }));
    const byHand = softmax([0, 1, 2].map((c) => w[c]! - w[3 + c]! + w[6 + c]!));
    for (const [c, p] of probabilities.entries()) expect(p).toBeCloseTo(byHand[c]!, 5);
  });

  it('is refused by name if it is not a model of this federation', async () => {
    const lab = openLab();
    const wider = { ...MANIFEST, model: { ...MANIFEST.model, hidden: [4] } };
    expect(refusal(await lab.open(FEDERATION, wider, modelFile(), null))).toEqual(['wrong-length', 'model.layer1.weight']);
    expect(refusal(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, [NaN, ...WEIGHTS.slice(1), ...BIASES]), null))).toEqual([
      'not-a-number',
      'model.layer1.weight',
    ]);
    expect(refusal(await lab.open(hashBytes(new Uint8Array([2])), MANIFEST, modelFile(), null))).toEqual(['wrong-federation', 'model']);
    expect(refusal(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, undefined, { round: 'x' }), null))).toEqual([
      'field-invalid',
      'model.round',
    ]);
    expect(refusal(await lab.open(FEDERATION, MANIFEST, new Uint8Array([1, 2, 3]), null))).toEqual(['frame-malformed', 'safetensors']);
    expect(refusal(await lab.predict({ cells: {} }))?.[0]).toBe('internal');
  });

  it('stays the same if another file is refused', async () => {
    const lab = openLab();
    value(await lab.open(FEDERATION, MANIFEST, modelFile(), null));
    expect((await lab.open(FEDERATION, MANIFEST, new Uint8Array(4), null)).ok).toBe(false);
    expect(value(await lab.predict({ cells: { x: '1', y: '0' } })).best).toBe(0);
  });
});

describe('a file of a person’s own', () => {
  const fileOf = (bytes: Uint8Array<ArrayBuffer>, name = 'mine.safetensors') => new File([bytes], name);
  const tensors = (values = [...WEIGHTS, ...BIASES]) => parameterTensors(networkOf(MANIFEST), Float32Array.from(values));

  it('is tried in place of the model, and the model comes back', async () => {
    const lab = openLab();
    value(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, Array(9).fill(0)), null));
    const even = value(await lab.predict({ cells: { x: '0.5', y: '1' } })).probabilities;
    expect(value(await lab.openFile(FEDERATION, MANIFEST, fileOf(writeSafetensors(tensors())), null))).toEqual({
      typical: { x: '0', y: '0' },
      ours: null,
      name: null,
      round: null,
      classes: null,
      otherNetwork: false,
    });
    expect(value(await lab.predict({ cells: { x: '0.5', y: '1' } })).best).toBe(2);
    expect(refusal(await lab.card(null))).toEqual(['wrong-federation', 'model']);
    value(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, Array(9).fill(0)), null));
    expect(value(await lab.predict({ cells: { x: '0.5', y: '1' } })).probabilities).toEqual(even);
  });

  it('in half precision gives the same as the numbers that it stands for', async () => {
    const header = JSON.stringify({
      'layer1.weight': { dtype: 'BF16', shape: [2, 3], data_offsets: [0, 12] },
      'layer1.bias': { dtype: 'F16', shape: [3], data_offsets: [12, 18] },
    });
    const head = new TextEncoder().encode(header);
    const bf16 = { 0: 0, 1: 0x3f80, '-1': 0xbf80, 2: 0x4000 } as Record<string, number>;
    const halves = [...WEIGHTS.map((w) => bf16[w]!), 0x3800, 0, 0xb800].flatMap((bits) => [bits & 255, bits >> 8]);
    const lab = openLab();
    value(
      await lab.openFile(
        FEDERATION,
        MANIFEST,
        fileOf(Uint8Array.from([head.length & 255, head.length >> 8, 0, 0, 0, 0, 0, 0, ...head, ...halves])),
        null,
      ),
    );
    const found = value(await lab.predict({ cells: { x: '0.5', y: '1' } }));
    value(await lab.openFile(FEDERATION, MANIFEST, fileOf(writeSafetensors(tensors())), null));
    expect(value(await lab.predict({ cells: { x: '0.5', y: '1' } }))).toEqual(found);
  });

  it('reports its own claims: origin, other answers, another network', async () => {
    const lab = openLab();
    const claims = async (metadata: Record<string, string>) =>
      value(await lab.openFile(FEDERATION, MANIFEST, fileOf(writeSafetensors(tensors(), metadata)), null));
    expect(await claims({ federation: FEDERATION, round: '7', name: 'Mine', activation: 'tanh' })).toMatchObject({
      ours: true,
      round: 7,
      name: 'Mine',
      otherNetwork: false,
    });
    const classes = classesOf(MANIFEST.task);
    expect(await claims({ classes: JSON.stringify(classes), round: 'x' })).toMatchObject({ ours: null, round: null, classes: null });
    expect(await claims({ federation: 'x', classes: JSON.stringify(classes.toReversed()), activation: 'relu' })).toMatchObject({
      ours: false,
      classes: classes.toReversed(),
      otherNetwork: true,
    });
    for (const strange of ['{', '[1]', '7', 'null']) expect((await claims({ classes: strange })).classes).toBeNull();
  });

  it('that does not fit is refused, naming the tensor with both shapes, and the previous model stays', async () => {
    const lab = openLab();
    value(await lab.open(FEDERATION, MANIFEST, modelFile(), null));
    const detail = async (file: File) => {
      const answer = await lab.openFile(FEDERATION, MANIFEST, file, null);
      return answer.ok ? null : [answer.error.code, answer.error.detail.field, answer.error.detail.expected, answer.error.detail.got];
    };
    const [weight, bias] = tensors();
    const written = (...list: Parameters<typeof writeSafetensors>[0]) => fileOf(writeSafetensors(list));
    expect(await detail(written({ ...weight!, shape: [3, 2] }, bias!))).toEqual([
      'model-unfit',
      'model.layer1.weight',
      'F32 [2, 3]',
      'F32 [3, 2]',
    ]);
    expect(await detail(written(weight!, { ...bias!, values: new Int32Array(3) }))).toEqual([
      'model-unfit',
      'model.layer1.bias',
      'F32 [3]',
      'I32 [3]',
    ]);
    expect(await detail(written(weight!))).toEqual(['model-unfit', 'model.layer1.bias', 'F32 [3]', 'nothing']);
    expect(await detail(written(weight!, bias!, { ...bias!, name: 'x'.repeat(100) }))).toEqual([
      'model-unfit',
      `model.${'x'.repeat(64)}`,
      'no such tensor',
      '[3]',
    ]);
    expect((await detail(fileOf(writeSafetensors(tensors([NaN, ...WEIGHTS.slice(1), ...BIASES])))))?.slice(0, 2)).toEqual([
      'model-unfit',
      'model.layer1.weight',
    ]);
    expect((await detail(fileOf(new Uint8Array(3))))?.slice(0, 2)).toEqual(['model-unfit', 'safetensors']);
    let read = false;
    const large = fileOf(new Uint8Array(0), 'large.safetensors');
    Object.defineProperty(large, 'size', { value: STATE_BYTES_MAX + 1 });
    large.arrayBuffer = async () => ((read = true), new ArrayBuffer(0));
    expect((await detail(large))?.slice(0, 2)).toEqual(['file-too-large', 'large.safetensors']);
    expect(read).toBe(false);
    const gone = fileOf(new Uint8Array(0));
    gone.arrayBuffer = () => Promise.reject(new Error('moved'));
    expect((await detail(gone))?.slice(0, 2)).toEqual(['model-unfit', 'mine.safetensors']);
    expect(value(await lab.predict({ cells: { x: '1', y: '0' } })).best).toBe(0);
  });

  it('with arbitrary bytes is refused by name and nothing else', async () => {
    const lab = openLab();
    const good = writeSafetensors(tensors());
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(good.length),
        async (turns, end) => {
          const bytes = good.slice(0, end);
          for (const [at, to] of turns) if (at < end) bytes[at] = to;
          const answer = await lab.openFile(FEDERATION, MANIFEST, fileOf(bytes), null);
          expect(answer.ok ? 'model-unfit' : answer.error.code).toBe('model-unfit');
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a prediction', () => {
  it('is the softmax of the model’s outputs, as by hand', async () => {
    const lab = openLab();
    value(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, undefined, UNMOVED), null));
    const { probabilities, best, seen } = value(await lab.predict({ cells: { x: ' 0.5 ', y: '1' } }));
    // Outputs: x - y·0 + 0.5 = 1; -x = -0.5; 2y - 0.5 = 1.5.
    const byHand = softmax([1, -0.5, 1.5]);
    for (const [c, p] of probabilities.entries()) expect(p).toBeCloseTo(byHand[c]!, 6);
    expect([best, seen]).toEqual([2, null]);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it('of bad cells names the column and what was expected', async () => {
    const lab = openLab();
    value(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, undefined, UNMOVED), null));
    expect(refusal(await lab.predict({ cells: { x: 'wide', y: '1' } }))).toEqual(['value-type', 'x']);
    expect(refusal(await lab.predict({ cells: { x: '1' } }))).toEqual(['value-type', 'y']);
    expect(refusal(await lab.predict({ cells: { x: '1', y: '1', z: '1' } }))).toEqual(['field-invalid', 'input']);
    expect(refusal(await lab.predict({ drawing: new Uint8Array(4) }))?.[0]).toBe('field-invalid');
  });

  it('of a picture shows the model’s view: ink in the columns’ range, light around the background', async () => {
    const pixel = (i: number) => ({ kind: 'number' as const, name: `p${i}`, min: 0, max: 16, typical: 4 });
    const label = { name: 'd', classes: ['a', 'b', 'c'] };
    const ink: Task = {
      kind: 'table',
      columns: [0, 1].map(pixel),
      label,
      picture: { width: 2, height: 1 },
    };
    const grey: Task = { kind: 'image', width: 2, height: 1, colour: 'grey', background: 'light', label };
    const lab = openLab({ readPicture: async () => Uint8Array.of(255, 0) });
    const outputs = async (task: Task) => {
      const manifest = { ...MANIFEST, task };
      value(await lab.open(FEDERATION, manifest, modelFile(manifest, undefined, UNMOVED), null));
      const drawn = value(await lab.predict({ drawing: Uint8Array.of(255, 0) }));
      expect(value(await lab.predict({ picture: new Blob() }))).toEqual(drawn);
      expect(drawn.seen).toEqual(Uint8Array.of(255, 0));
      return drawn.probabilities;
    };
    const byHand = (x: number, y: number) => softmax([x + 0.5, -x, 2 * y - 0.5]);
    for (const [task, x, y] of [
      [ink, 1.5, -0.5],
      [grey, 0, -2],
    ] as const) {
      const found = await outputs(task);
      for (const [c, p] of byHand(x, y).entries()) expect(found[c]).toBeCloseTo(p, 6);
    }
    expect(refusal(await lab.predict({ drawing: new Uint8Array(3) }))?.[0]).toBe('wrong-length');
    expect(refusal(await lab.predictFile(new File(['1,2'], 'a.csv')))).toEqual(['field-invalid', 'file']);
    const batch = value(await lab.predictPictures([new File([], 'a.png')]));
    expect(await batch.csv.text()).toMatch(/^file,predicted.*\r\na\.png,/);
  });

  it('of a file is the same as of its rows one by one', async () => {
    const lab = openLab();
    value(await lab.open(FEDERATION, MANIFEST, modelFile(MANIFEST, undefined, UNMOVED), null));
    const one = value(await lab.predict({ cells: { x: '0.25', y: '-0.5' } }));
    const { first } = value(await lab.predictFile(new File(['y,x\n-0.5,0.25\n'], 'rows.csv')));
    expect(first).toEqual([{ row: 2, mark: '2', best: one.best, probability: one.probabilities[one.best] }]);
  });
});

describe('the public test set', () => {
  it('is checked against the manifest before it judges', async () => {
    const { manifest, bytes } = await testSetOf(MANIFEST);
    const lab = openLab();
    value(await lab.open(FEDERATION, manifest, modelFile(), null));
    const scores = value(await lab.score(bytes));
    // left: (-0.2, 0.7, -1.9) → right; right: (1.2, …) → left; top: (0.5, 0, 0.9) → top.
    expect(scores.confusion).toEqual([
      [0, 40, 0],
      [40, 0, 0],
      [0, 0, 40],
    ]);
    expect(scores.accuracy).toBeCloseTo(1 / 3, 12);
    expect(refusal(await lab.score(bytes.map((b) => b ^ 1)))).toEqual(['blob-mismatch', 'testSet']);
    value(await lab.open(FEDERATION, MANIFEST, null, null));
    expect(refusal(await lab.score(bytes))).toEqual(['not-found', 'testSet']);
  });
});

describe('solo beside mesh', () => {
  const keptOf = async (share: number): Promise<KeptRows> => loadRows({ table: spread(), synthetic: true }, MANIFEST, share);
  /** The corners slightly blurred, so that rows differ and some can be kept aside. */
  const spread = () => {
    const at = { left: [-0.7, -0.7], right: [0.7, -0.7], top: [0, 0.7] } as const;
    const lines = Array.from({ length: 50 }, (_, i) => Object.entries(at).map(([name, [x, y]]) => `${x + i / 500},${y + i / 500},${name}`));
    return `x,y,corner\n${lines.flat().join('\n')}\n`;
  };

  it('is judged on enough rows kept aside, else on the test set, else not at all', async () => {
    const { manifest, bytes } = await testSetOf(MANIFEST);
    let kept: KeptRows | null = null;
    const asked: Hash[] = [];
    const lab = openLab({ keptRows: async (federation) => (asked.push(federation), kept) });
    value(await lab.open(FEDERATION, manifest, modelFile(), null));
    expect(value(await lab.compareSolo(bytes))).toBeNull();
    kept = await keptOf(0.4);
    expect(kept.heldOut.y.length).toBeGreaterThanOrEqual(20);
    const own = value(await lab.compareSolo(bytes))!;
    expect([own.on, own.rows]).toEqual(['held-out', kept.heldOut.y.length]);
    expect([own.solo, figureOf(own.mesh) < 0.5, own.better]).toEqual([{ accuracy: 1 }, true, 'solo']);
    kept = await keptOf(0);
    expect(value(await lab.compareSolo(bytes))).toMatchObject({
      on: 'test-set',
      rows: 120,
      solo: { accuracy: 1 },
      mesh: { accuracy: expect.closeTo(1 / 3, 12) },
      guessing: 1 / 3,
      better: 'solo',
    });
    expect(value(await lab.compareSolo(null))).toBeNull();
    expect(new Set(asked)).toEqual(new Set([FEDERATION]));
  });

  it('that nobody asked for is judged on the test set or not at all, and trains nothing that takes long', async () => {
    const { manifest, bytes } = await testSetOf(MANIFEST);
    const { numerics, work } = counting(await loadNumerics());
    let kept = await keptOf(0.4);
    const lab = openLab({ numerics: Promise.resolve(numerics), keptRows: async () => kept });
    value(await lab.open(FEDERATION, manifest, modelFile(), null));
    expect(value(await lab.compareSolo(bytes, true))).toBeNull();
    expect(work()).toBe(0);
    kept = await keptOf(0);
    expect(value(await lab.compareSolo(bytes, true))).toMatchObject({ on: 'test-set', solo: { accuracy: 1 } });
    const trained = work();
    expect(trained).toBeGreaterThan(0);
    // The same 150 rows, of a network that would take half a minute.
    const wide = { ...manifest, model: { ...manifest.model, hidden: [1000, 900] } };
    value(await lab.open(FEDERATION, wide, null, null));
    expect(value(await lab.compareSolo(bytes, true))).toBeNull();
    expect(work()).toBe(trained);
  });

  it('matches the own check on the same rows, and is null without any', async () => {
    const kept = await keptOf(0.4);
    const lab = openLab({ keptRows: async () => kept });
    value(await lab.open(FEDERATION, MANIFEST, modelFile(), null));
    const check = value(await lab.check('x'))!;
    expect([check.mesh.rows, (check.solo as CheckScores).accuracy.value]).toEqual([kept.heldOut.y.length, 1]);
    // Both parts of a page get the same answer for the same rows, although models are retrained each time.
    expect(value(await lab.compareSolo(null))).toMatchObject(check.comparison);
    expect(value(await lab.compareSolo(null))).toMatchObject(value(await lab.check(null))!.comparison);
    const none = await keptOf(0);
    const other = openLab({ keptRows: async () => none });
    value(await other.open(FEDERATION, MANIFEST, modelFile(), null));
    expect(value(await other.check(null))).toBeNull();
  });
});

it('a device with rows of one class compares and checks as any other, with the constant as its rival', async () => {
  const lines = Array.from({ length: 80 }, (_, i) => `${-0.9 + i / 100},${0.7 - i / 90},left`);
  const kept: KeptRows = await loadRows({ table: `x,y,corner\n${lines.join('\n')}\n`, synthetic: true }, MANIFEST, 0.4);
  const { manifest, bytes } = await testSetOf(MANIFEST);
  const lab = openLab({ keptRows: async () => kept });
  value(await lab.open(FEDERATION, manifest, modelFile(), null));
  // On its own rows nothing beats it, because guessing already gets them all.
  expect(value(await lab.compareSolo(bytes))).toMatchObject({ kind: 'constant', on: 'held-out', solo: { accuracy: 1 }, guessing: 1 });
  const check = value(await lab.check(null))!;
  expect([check.solo, check.comparison]).toMatchObject([{ auroc: null, accuracy: { value: 1 } }, { guessing: 1 }]);
  const none: KeptRows = await loadRows({ table: `x,y,corner\n${lines.join('\n')}\n`, synthetic: true }, MANIFEST, 0);
  const open = openLab({ keptRows: async () => none });
  value(await open.open(FEDERATION, manifest, modelFile(), null));
  expect(value(await open.compareSolo(bytes))).toMatchObject({
    on: 'test-set',
    solo: { accuracy: expect.closeTo(1 / 3, 12) },
    guessing: 1 / 3,
  });
});

it('rehearses, and stops on request', async () => {
  const lab = openLab();
  value(await lab.open(FEDERATION, MANIFEST, null, null));
  const steps: RehearsalStep[] = [];
  const last = value(await lab.rehearse({ members: 2, rowsEach: 20 }, (step) => steps.push(step) < 3));
  expect([steps.length, last.round, last.rounds]).toEqual([3, 3, 40]);
});

it('answers calls in order', async () => {
  const lab = openLab();
  const [first, , second] = await Promise.all([
    lab.open(FEDERATION, MANIFEST, modelFile(), null),
    lab.predict({ cells: { x: '1', y: '0' } }),
    lab.open(FEDERATION, MANIFEST, null, null),
  ]);
  expect([value(first).round, value(second).round]).toEqual([12, 0]);
});
