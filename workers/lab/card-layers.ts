/**
 * How a model card describes a network and its rule: the entries in its training table, and how a reader computes the outputs. card.ts has
 * the rest of the card.
 */
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { worded, type NetworkLayer } from '#protocol/model/architecture';
import { numberAnswerOf } from '#protocol/manifest/task';

type Modelled = Pick<ManifestBody, 'task' | 'model'>;

/** The network in one line. */
export function modelLine({ model }: Modelled): string {
  if (model.kind === 'layers') return `${model.layers.length} layers, listed under “How to load it”`;
  if (model.hidden.length === 0) return 'a linear model, without a hidden layer';
  return `multi-layer perceptron, hidden layers ${model.hidden.join(', ')}, ${model.activation}`;
}

/** How the members' mean becomes the next model. */
export function ruleLine({ kind, step, momentum, optimizer, schedule }: ManifestBody['rule']): string {
  const parts = [kind as string, `step ${Number(step.toPrecision(4))}`];
  if (optimizer === undefined) parts.push(`momentum ${momentum}`);
  else
    parts.push(
      `Adam (β₁ ${optimizer.beta1}, β₂ ${optimizer.beta2}, ε ${optimizer.epsilon}${optimizer.dpBias === true ? ', corrected for the noise' : ''})`,
    );
  if (schedule !== undefined) {
    const { warmup, floor } = schedule;
    parts.push(
      `${schedule.kind} schedule${warmup === undefined ? '' : `, warm-up ${warmup}`}${floor === undefined ? '' : `, floor ${floor}`}`,
    );
  }
  return parts.join(', ');
}

/** From the inputs to probabilities, or to the output that encodes a number, in paragraphs. */
export function computingPart(manifest: Modelled): string[] {
  const network = networkOf(manifest);
  const { model, task } = manifest;
  const outputs =
    numberAnswerOf(task) === null
      ? 'The softmax of the last gives probabilities, in the order of the classes above.'
      : 'The last gives one number, the output.';
  if (model.kind === 'mlp') {
    const last = `\`layer${model.hidden.length + 1}\``;
    const hidden = `h = ${model.activation}(x · weight + bias) for each layer but the last; the last, ${last}, has no activation.`;
    const only = `the one layer, ${last}, makes x · weight + bias.`;
    return [`With x the inputs as above: ${model.hidden.length === 0 ? only : hidden} ${outputs}`];
  }
  return [
    `The inputs are one value of ${worded(network.input)} (height x width x channels; a single number is a flat list), and each layer turns the ` +
      `value before it into the next. ${outputs}`,
    ['| layer | gives | tensors |', '|---|---|---|', ...network.layers.flatMap((layer, i) => layerRows(layer, `${i + 1}`))].join('\n'),
    'Values are in row order, channels together, and flatten keeps that order. Weights are inputs × outputs, of convolutions height × width × ' +
      'inputs × outputs, not flipped; a padding is zeros on either side. Norms use the biased variance plus 0.00001, then weight and bias of ' +
      'each channel. gelu is the tanh form. residual adds its input to the output of its layers. dropout does nothing once the model is trained.',
  ];
}

function layerRows(layer: NetworkLayer, number: string): string[] {
  const tensors = layer.tensors.map(({ name }) => `\`${name}\``).join(', ');
  const row = `| ${number} ${layer.kind}${settings(layer)} | ${worded(layer.output)} | ${tensors || '–'} |`;
  return layer.kind === 'residual' ? [row, ...layer.layers.flatMap((inner, i) => layerRows(inner, `${number}.${i + 1}`))] : [row];
}

/** Settings that neither shapes nor tensors show. */
function settings(layer: NetworkLayer): string {
  const window = 'kernel' in layer ? [`${layer.kernel.join('x')} every ${layer.stride.join('x')}`] : [];
  const padding = 'padding' in layer ? [`padding ${layer.padding.join('x')}`] : [];
  const others = layer.kind === 'group-norm' ? [`${layer.groups} groups`] : layer.kind === 'dropout' ? [`rate ${layer.rate}`] : [];
  const all = [...window, ...padding, ...others];
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
}
