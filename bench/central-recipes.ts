/** How each data set is trained in one place: the recipes that accuracy.ts reports, and the variations that tune-central.ts compares. */
import type { Layer } from '#protocol/model/layers';
import { perceptron, planNetwork, valuesOf } from '#protocol/model/architecture';
import { imageLayers } from '#protocol/model/preset-layers';
import { withNorms } from './with-norms.ts';
import type { Data, DataName } from './central-data.ts';
import type { Recipe } from './central.ts';

export interface Choice {
  readonly layers: readonly Layer[];
  readonly recipe: Recipe;
}

const momentum = (step: number, lot: number, epochs: number, clip: number, average = 0.3): Recipe => ({
  lot,
  epochs,
  clip,
  average,
  rule: { step, momentum: 0.9 },
});

const falling = (step: number, batch: number, epochs: number): Recipe => ({
  lot: batch,
  epochs,
  clip: 1,
  average: 0.2,
  rule: { step, momentum: 0.9, schedule: { kind: 'linear' } },
});

/** LeNet's form (LeCun et al. 1998): without noise, a network may be wider where pictures are large. */
const twoPools = ({ input, classes }: Data): Layer[] => {
  const features: Layer[] = [
    { kind: 'conv2d', inChannels: input.channels, outChannels: 8, kernel: [5, 5], stride: [1, 1], padding: [2, 2] },
    { kind: 'relu' },
    { kind: 'max-pool', kernel: [2, 2], stride: [2, 2] },
    { kind: 'conv2d', inChannels: 8, outChannels: 16, kernel: [5, 5], stride: [1, 1], padding: [0, 0] },
    { kind: 'relu' },
    { kind: 'max-pool', kernel: [2, 2], stride: [2, 2] },
    { kind: 'flatten' },
  ];
  const inputs = planNetwork(input, features).output.channels;
  return [...features, { kind: 'dense', inputs, outputs: 64 }, { kind: 'relu' }, { kind: 'dense', inputs: 64, outputs: classes }];
};

const withRelu = (layers: readonly Layer[]): Layer[] => layers.map((layer) => (layer.kind === 'tanh' ? { kind: 'relu' } : layer));

type Levels = Readonly<Record<'none' | '8' | '3' | '1', (data: Data) => Choice>>;

const linear = ({ input, classes }: Data): Layer[] => {
  const dense: Layer[] = perceptron([valuesOf(input), classes], 'tanh');
  return input.height * input.width === 1 ? dense : [{ kind: 'flatten' }, ...dense];
};
const hidden = ({ input, classes }: Data, width: number): Layer[] => {
  const dense: Layer[] = perceptron([valuesOf(input), width, classes], 'tanh');
  return input.height * input.width === 1 ? dense : [{ kind: 'flatten' }, ...dense];
};
const image = ({ input, classes }: Data): Layer[] => imageLayers(input, classes);

const RECIPES: Readonly<Record<DataName, Levels>> = {
  mnist: {
    none: (data) => ({ layers: twoPools(data), recipe: { ...falling(0.05, 64, 15), shift: 2 } }),
    '8': (data) => ({ layers: image(data), recipe: momentum(4, 1024, 30, 0.1) }),
    '3': (data) => ({ layers: image(data), recipe: momentum(4, 1024, 30, 0.1) }),
    '1': (data) => ({ layers: image(data), recipe: momentum(4, 1024, 10, 0.1) }),
  },
  adult: {
    none: (data) => ({ layers: hidden(data, 32), recipe: falling(0.05, 32, 40) }),
    '8': (data) => ({ layers: hidden(data, 32), recipe: momentum(4, 1024, 40, 0.5) }),
    '3': (data) => ({ layers: hidden(data, 32), recipe: momentum(4, 1024, 40, 0.5) }),
    '1': (data) => ({ layers: linear(data), recipe: momentum(8, 1024, 15, 0.5) }),
  },
  titanic: {
    none: (data) => ({ layers: hidden(data, 8), recipe: momentum(0.02, 32, 60, 1) }),
    '8': (data) => ({ layers: linear(data), recipe: momentum(1.2, 600, 40, 0.5, 0) }),
    '3': (data) => ({ layers: linear(data), recipe: momentum(1.2, 600, 20, 0.5, 0) }),
    '1': (data) => ({ layers: linear(data), recipe: momentum(0.8, 600, 15, 0.5, 0) }),
  },
  optdigits: {
    none: (data) => ({ layers: withRelu(image(data)), recipe: falling(0.02, 64, 30) }),
    '8': (data) => ({ layers: linear(data), recipe: momentum(4, 1024, 40, 0.25) }),
    '3': (data) => ({ layers: linear(data), recipe: momentum(4, 1024, 30, 0.25) }),
    '1': (data) => ({ layers: linear(data), recipe: momentum(2, 1024, 20, 0.25) }),
  },
};

const levelOf = (epsilon: number): keyof Levels => {
  const level = epsilon === Infinity ? 'none' : String(epsilon);
  if (level === 'none' || level === '8' || level === '3' || level === '1') return level;
  throw new Error(`expected an epsilon of 8, 3, 1 or none, got ${epsilon}`);
};

export function chosen(name: DataName, epsilon: number, data: Data): Choice {
  return RECIPES[name][levelOf(epsilon)](data);
}

/** One thing changed at a time. */
export function neighbours(base: Choice, epsilon: number, data: Data): (Choice & { readonly label: string })[] {
  const list: (Choice & { readonly label: string })[] = [];
  const change = (label: string, recipe: Partial<Recipe>, layers = base.layers): void =>
    void list.push({ label, layers, recipe: { ...base.recipe, ...recipe } });
  const { rule, lot, epochs, clip, average = 0 } = base.recipe;
  const withStep = (factor: number) => ({ rule: { ...rule, step: rule.step * factor } });
  for (const factor of [0.25, 0.5, 2, 4]) change(`step x ${factor}`, withStep(factor));
  // With the same reach (sum of all steps): more epochs or smaller lots take more, smaller steps.
  for (const factor of [0.5, 2])
    change(`lot x ${factor}`, { lot: Math.min(data.train.y.length, Math.round(lot * factor)), ...withStep(factor) });
  for (const factor of [0.5, 2]) change(`epochs x ${factor}`, { epochs: epochs * factor, ...withStep(1 / factor) });
  if (epsilon < Infinity) {
    for (const factor of [0.5, 2]) change(`clip x ${factor}`, { clip: clip * factor, ...withStep(1 / factor) });
  }
  for (const other of [0, 0.3, 0.6].filter((one) => one !== average)) change(`average ${other}`, { average: other });
  if (rule.schedule === undefined) change('linear schedule', { rule: { ...rule, schedule: { kind: 'linear' } } });
  change('linear model', {}, linear(data));
  change('hidden 16', {}, hidden(data, 16));
  change('hidden 64', {}, hidden(data, 64));
  if (data.input.height > 1) {
    change('picture network', {}, image(data));
    change('picture network with norms', {}, withNorms(image(data)));
  }
  const same = JSON.stringify(base.layers);
  return list.filter(({ layers, label }) => !/linear model|hidden|network/.test(label) || JSON.stringify(layers) !== same);
}
