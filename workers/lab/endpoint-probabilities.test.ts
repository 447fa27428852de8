/** How the lab calibrates probabilities: by public rows, by public noise, or not at all. */
import { expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { writeSafetensors } from '#protocol/model/safetensors';
import { FEDERATION, MANIFEST, modelFile, openLab, softmax, testSetOf, value } from './lab.fixture.ts';
import { noiseVariance } from './noise-spread.ts';

type ClassedFirst = { readonly probability: number };

const AT = { cells: { x: '0.5', y: '1' } };
/** x + 0.5, -x, 2 y - 0.5 */
const OUTPUTS = [1, -0.5, 1.5];
/** Three out of five are left. */
const MOSTLY_LEFT = '-0.7,-0.7,left\n-0.6,-0.7,left\n0.7,-0.7,right\n0.9,0.7,top\n-0.7,-0.7,left\n'.repeat(24);
/** Of the 120 rows and one that is spread over the three classes. */
const SHARE = (0.6 * 120 + 1 / 3) / 121;
/** Says left for any input, e^2 : 1 : 1. */
const LEFT = [0, 0, 0, 0, 0, 0, 2, 0, 0];

it('are divided by the temperature that fits the public test set, whose rows give the starting row', async () => {
  const { manifest, bytes } = await testSetOf(MANIFEST, MOSTLY_LEFT);
  const lab = openLab();
  const { typical } = value(await lab.open(FEDERATION, manifest, modelFile(manifest, LEFT), bytes));
  // Medians: the means are -0.08 and -0.42.
  expect(typical).toEqual({ x: '-0.6', y: '-0.7' });
  const { probabilities } = value(await lab.predict(AT));
  for (const [c, p] of [SHARE, (1 - SHARE) / 2, (1 - SHARE) / 2].entries()) expect(probabilities[c]).toBeCloseTo(p, 5);
  const temperature = 2 / Math.log((2 * SHARE) / (1 - SHARE));
  expect(value(await lab.card(null)).text).toContain(`Divide the outputs by the temperature ${temperature.toPrecision(4)} `);
  const { first } = value(await lab.predictFile(new File(['x,y\n0.5,1\n'], 'rows.csv')));
  expect((first[0] as ClassedFirst).probability).toBe(Math.max(...probabilities));
  const { ece, accuracy } = value(await lab.score(bytes));
  expect([ece < 0.02, accuracy]).toEqual([true, 0.6]);
});

it('are shrunk by the members’ noise without a test set, or with other bytes', async () => {
  const { manifest, bytes } = await testSetOf(MANIFEST);
  const factor = 1 / Math.sqrt(1 + (Math.PI / 4) * noiseVariance(MANIFEST, 11) * (1 + 0.5 ** 2 + 1 ** 2));
  expect(factor).toBeLessThan(0.99);
  const byHand = softmax(OUTPUTS.map((output) => output * factor));
  const lab = openLab();
  for (const [body, testSet] of [
    [MANIFEST, null],
    [manifest, null],
    [manifest, bytes.map((b) => b ^ 1)],
  ] as const) {
    const { typical } = value(await lab.open(FEDERATION, body, modelFile(), testSet));
    expect(typical).toEqual({ x: '0', y: '0' });
    const { probabilities } = value(await lab.predict(AT));
    for (const [c, p] of byHand.entries()) expect(probabilities[c]).toBeCloseTo(p, 5);
  }
  expect(value(await lab.card(null)).text).toContain('No public test set calibrates');
});

it('of a person’s own file are fitted too, and are left unscaled if nothing can fit them', async () => {
  const { manifest, bytes } = await testSetOf(MANIFEST, MOSTLY_LEFT);
  const lab = openLab();
  const own = (values?: number[]) => new File([modelFile(MANIFEST, values)], 'own.safetensors');
  value(await lab.openFile(FEDERATION, manifest, own(LEFT), bytes));
  expect(value(await lab.predict(AT)).probabilities[0]).toBeCloseTo(SHARE, 5);
  value(await lab.openFile(FEDERATION, MANIFEST, own(), null));
  const { probabilities } = value(await lab.predict(AT));
  for (const [c, p] of softmax(OUTPUTS).entries()) expect(probabilities[c]).toBeCloseTo(p, 5);
});

it('are shrunk by the noise if the test set is too small: four rows say nothing about certainty', async () => {
  const { manifest, bytes } = await testSetOf(MANIFEST, '-0.7,-0.7,right\n0.7,-0.7,left\n0,0.7,top\n0,0.8,top\n');
  const lab = openLab();
  value(await lab.open(FEDERATION, manifest, modelFile(), null));
  const { probabilities } = value(await lab.predict(AT));
  value(await lab.open(FEDERATION, manifest, modelFile(), bytes));
  expect(value(await lab.predict(AT)).probabilities).toEqual(probabilities);
  const scores = value(await lab.score(bytes));
  expect(scores).toMatchObject({ rows: 4, accuracy: 1 });
  const { text } = value(await lab.card(scores));
  expect(text).toContain('The public test set has too few rows to calibrate the probabilities');
  expect(text).not.toContain('with the temperature of the other');
  // As shown: row by row by hand.
  const own = [
    ['-0.7', '-0.7'],
    ['0.7', '-0.7'],
    ['0', '0.7'],
    ['0', '0.8'],
  ] as const;
  let loss = 0;
  for (const [x, y] of own) loss -= Math.log(Math.max(...value(await lab.predict({ cells: { x, y } })).probabilities)) / 4;
  expect(scores.loss).toBeCloseTo(loss, 4);
});

it('are fitted in a moment even on the largest test set that a stranger may publish', { timeout: 10_000 }, async () => {
  const classes = Array.from({ length: 256 }, (_, c) => `class ${c}`);
  const wide = { ...MANIFEST, task: { ...MANIFEST.task, label: { ...MANIFEST.task.label, classes } } };
  const rows = 100_000;
  const bytes = writeSafetensors([
    { name: 'x', shape: [rows, 2], values: Float32Array.from({ length: 2 * rows }, (_, i) => Math.sin(i)) },
    { name: 'y', shape: [rows], values: Int32Array.from({ length: rows }, (_, i) => i % 256) },
  ]);
  const manifest = { ...wide, testSet: { hash: hashBytes(bytes), bytes: bytes.length, rows, synthetic: true } };
  const lab = openLab();
  expect((await lab.open(FEDERATION, manifest, null, bytes)).ok).toBe(true);
});
