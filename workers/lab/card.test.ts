import { expect, it } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { modelCard, type CardFacts } from './card.ts';
import { scoresOf } from './scores.ts';

const FACTS: CardFacts = {
  federation: hashBytes(new Uint8Array([1])),
  manifest: manifestFixture(),
  round: 14,
  models: 12,
  state: 'stateOfTwelve' as Hash,
  file: hashBytes(new Uint8Array([2])),
  scores: null,
  calibration: { kind: 'none' },
};
const TEST_SET = { hash: FACTS.federation, bytes: 100, rows: 1, synthetic: true };
const card = (change: Partial<CardFacts> = {}, body: Partial<ManifestBody> = {}) =>
  modelCard({ ...FACTS, ...change, manifest: { ...FACTS.manifest, ...body } });

it('says what the model is for, what it reads, how it was trained, what is not promised and how to load it', () => {
  const text = card();
  expect(text.match(/^##? .*$/gm)).toEqual([
    '# Corners',
    '## What it is for',
    '## What it reads',
    '## How it was trained',
    '## How good it is',
    '## What is not promised',
    '## How to load it',
  ]);
  expect(text).toContain('Model 12 of 40, made in round 14; trained');
  // Rounds without a result count, but make no model.
  expect(card({ round: 43, models: 40 })).toContain('Model 40 of 40, made in round 43');
  expect(text).toContain('| x | a number from -1 to 1 | 1: (v − 0) · 2 / 2, v clamped to the range |');
  expect(text).toContain('Its founder may have rounded them from a sample, without added noise.');
  expect(card({}, { model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'x' } })).toContain(
    '| model | a linear model, without a hidden layer |',
  );
  expect(text).toContain('ε at most 1, δ = 0.00001');
  expect(text).toContain('At least 1 and at most 8 members');
  expect(text).toContain('no public test set');
  expect(text).toContain('| `layer1.weight` | F32 | 2 × 5 |');
  expect(text).toContain('| `layer2.bias` | F32 | 3 |');
  for (const hash of [FACTS.federation, FACTS.state!, FACTS.file!]) expect(text).toContain(hash);
  expect(text).toContain('each row, not for each person');
  expect(text).toContain('One relay alone voted');
});

it('says how outputs become the probabilities that the page shows', () => {
  expect(card()).toContain('softmax of the outputs as they are');
  expect(card({ calibration: { kind: 'test-set', temperature: 1.83456 } })).toContain('Divide the outputs by the temperature 1.835 before');
  const shrunk = card({ calibration: { kind: 'noise', variance: 0.125 } });
  expect(shrunk).toContain('√(1 + π/4 · v · (1 + |h|²))');
  expect(shrunk).toContain('v = 0.1250 is the variance that the noise of 1 members');
});

it('names the test set of the scores, and the unit that is protected', () => {
  const scores = scoresOf(Float32Array.of(2, 0, 0, 0, 1, 0, 0, 3, 0), Int32Array.of(0, 0, 1), 3);
  const testSet = { hash: FACTS.federation, bytes: 10, rows: 3, synthetic: true };
  const text = card({ scores }, { testSet });
  expect(text).toContain('Accuracy 0.667');
  expect(text).toContain('made up by a program');
  expect(text).toContain('| left | 2 | 1.000 | 0.500 | 0.667 |');
  expect(text).toContain('| top | 0 | – | – | – |');
  const task: ManifestBody['task'] = {
    kind: 'table',
    columns: [
      { kind: 'category', name: 'person', values: ['a'], others: true },
      { kind: 'ignored', name: 'note' },
      { kind: 'number', name: 'fare', min: 0, max: 10, typical: 2, missing: 'fill' },
    ],
    label: { name: 'corner', classes: ['left', 'right', 'top'] },
    picture: null,
    group: { column: 'person', rowsMax: 4 },
  };
  const grouped = card({}, { task, privacy: { ...FACTS.manifest.privacy, unit: 'group' } });
  expect(grouped).toContain('| unit of privacy | all rows of one person (add or remove) |');
  expect(grouped).toContain('| person | one of a, or others | 1: 1 for the value, 0 elsewhere |');
  expect(grouped).toContain('| note | not read | none |');
  expect(grouped).toContain('2: (v − 2) · 2 / 10, v clamped to the range (0 where missing), and 1 where missing');
});

it('describes windows and channels, with the recording as the unit', () => {
  const task = sequenceTask({ channels: [{ name: 'x', min: -1, max: 3, typical: 0 }], motion: { rate: 25 } });
  const text = card({}, { task, privacy: { ...FACTS.manifest.privacy, unit: 'group' } });
  expect(text).toContain('| x | a number from -1 to 3 | (v − 0) / 3, v clamped to the range, 0 where missing |');
  expect(text).toContain('a window of 4 moments');
  expect(text).toContain('25 moments per second');
  expect(text).toContain('| unit of privacy | one recording (add or remove) |');
  expect(text).toContain('each recording, not for each person');
});

it('says so for the initial model', () => {
  const text = card({ round: 0, models: 0, state: null, file: null });
  expect(text).toContain('random weights, nothing learnt yet');
  expect(text).not.toContain('null');
});

it('quotes a steward’s words without their markup: no heading, link, row or tag of theirs', () => {
  const text = card({}, { name: 'A\n# B | <b>', description: '# Free\n[x](http://a)\n| a | b |' });
  expect(text.split('\n')[0]).toBe(String.raw`# A \# B \| \<b\>`);
  expect(text).toContain(String.raw`> \# Free`);
  expect(text).toContain(String.raw`> \[x\](http://a)`);
  expect(text.match(/^# /gm)).toHaveLength(1);
});

it('describes a list of layers so that others can compute it, and the rule that trained it', () => {
  const privacy = { ...FACTS.manifest.privacy, perLayer: true, adaptive: { quantile: 0.6, rate: 0.2, share: 0.1 } } as const;
  const text = card(
    {},
    {
      privacy,
      model: {
        kind: 'layers',
        seed: 's',
        layers: [
          { kind: 'dense', inputs: 2, outputs: 8 },
          { kind: 'group-norm', groups: 2, channels: 8 },
          { kind: 'residual', layers: [{ kind: 'tanh' }, { kind: 'dense', inputs: 8, outputs: 8 }] },
          { kind: 'dense', inputs: 8, outputs: 3 },
        ],
      },
      rule: {
        kind: 'mean',
        step: 0.1,
        momentum: 0,
        optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-6, dpBias: true },
        schedule: { kind: 'cosine', warmup: 3 },
      },
    },
  );
  expect(text).toContain('| model | 4 layers, listed under “How to load it” |');
  expect(text).toContain(
    '| rule | mean, step 0.1, Adam (β₁ 0.9, β₂ 0.99, ε 0.000001, corrected for the noise), cosine schedule, warm-up 3 |',
  );
  expect(text).toContain('clip C = 0.5 (layer by layer, then following quantile 0.6)');
  expect(text).toContain('| 2 group-norm (2 groups) | 8 | `layer2.weight`, `layer2.bias` |');
  expect(text).toContain('| 3.2 dense | 8 | `layer3.weight`, `layer3.bias` |');
  expect(text).toContain('| `layer4.weight` | F32 | 8 × 3 |');
  expect(text).toContain('residual adds its input');
});

it('has no probabilities for a number', () => {
  const number = { min: 15, max: 90, typical: 56, loss: 'huber' as const };
  const task: ManifestBody['task'] = { kind: 'table', columns: [{ kind: 'number', name: 'income', min: 0, max: 9 }], label: { name: 'age', number }, picture: null }; // prettier-ignore
  const text = card({}, { task, model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'x' } });
  expect(text).toContain('the one layer, `layer1`, makes x · weight + bias. The last gives one number, the output.');
  expect(text).toContain('The answer is 56 + ');
  expect(text).not.toMatch(/softmax|probabilit|classes/i);
});

it('shows a dash for figures of probabilities that are NaN', () => {
  const text = card({ scores: scoresOf(Float32Array.of(NaN, NaN), Int32Array.of(1), 2) }, { testSet: TEST_SET });
  expect(text).toContain('mean cross-entropy – nats and expected calibration error – on 1 rows');
});
