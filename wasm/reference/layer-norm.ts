/**
 * The oracle's norms of one example alone: layer norm (Ba et al. 2016, arXiv:1607.06450) over the channels of each position, group norm (Wu
 * & He 2018, arXiv:1803.08494) over all positions of a group of neighbouring channels. Values of a set are normalised to mean 0 and biased
 * variance 1, then each channel is scaled and shifted.
 */
import type { TensorPlace } from '#protocol/model/architecture';
import { type Rule, type Values } from './layer-rule.ts';

/** Added to the variance. */
const EPSILON = 1e-5;

/** Indices of the values of x that are normalised together. */
type Sets = readonly (readonly number[])[];

const rowsOf = (count: number, channels: number): Sets =>
  Array.from({ length: count / channels }, (_, position) => Array.from({ length: channels }, (_c, c) => position * channels + c));

function groupsOf(count: number, channels: number, groups: number): Sets {
  const sets: number[][] = Array.from({ length: groups }, () => []);
  for (let at = 0; at < count; at++) sets[Math.floor((at % channels) / (channels / groups))]!.push(at);
  return sets;
}

/** @returns the values of x in units of their set's deviation from its mean, and 1 / deviation of each value's set */
function standardise(sets: Sets, x: Float64Array): { unit: Float64Array; rate: Float64Array } {
  const [unit, rate] = [new Float64Array(x.length), new Float64Array(x.length)];
  for (const set of sets) {
    const mean = set.reduce((sum, at) => sum + x[at]!, 0) / set.length;
    const variance = set.reduce((sum, at) => sum + (x[at]! - mean) ** 2, 0) / set.length;
    for (const at of set) {
      rate[at] = 1 / Math.sqrt(variance + EPSILON);
      unit[at] = (x[at]! - mean) * rate[at];
    }
  }
  return { unit, rate };
}

function forward(sets: Sets, channels: number, [weight, bias]: readonly TensorPlace[], x: Float64Array, p: Values): Float64Array {
  return standardise(sets, x).unit.map((value, at) => p[weight!.offset + (at % channels)]! * value + p[bias!.offset + (at % channels)]!);
}

function backward(
  sets: Sets,
  channels: number,
  [weight, bias]: readonly TensorPlace[],
  x: Float64Array,
  delta: Float64Array,
  p: Values,
  gradient: Float64Array,
): Float64Array {
  const { unit, rate } = standardise(sets, x);
  for (const [at, value] of delta.entries()) {
    gradient[weight!.offset + (at % channels)]! += value * unit[at]!;
    gradient[bias!.offset + (at % channels)]! += value;
  }
  // Remove the parts of the gradient that would move the set's mean or deviation.
  const inner = delta.map((value, at) => value * p[weight!.offset + (at % channels)]!);
  const back = new Float64Array(x.length);
  for (const set of sets) {
    const mean = set.reduce((sum, at) => sum + inner[at]!, 0) / set.length;
    const along = set.reduce((sum, at) => sum + inner[at]! * unit[at]!, 0) / set.length;
    for (const at of set) back[at] = rate[at]! * (inner[at]! - mean - unit[at]! * along);
  }
  return back;
}

export const layerNorm: Rule<'layer-norm'> = {
  forward: ({ channels, tensors }, x, p) => forward(rowsOf(x.length, channels), channels, tensors, x, p),
  backward: ({ channels, tensors }, x, delta, p, gradient) =>
    backward(rowsOf(x.length, channels), channels, tensors, x, delta, p, gradient),
};

export const groupNorm: Rule<'group-norm'> = {
  forward: ({ channels, groups, tensors }, x, p) => forward(groupsOf(x.length, channels, groups), channels, tensors, x, p),
  backward: ({ channels, groups, tensors }, x, delta, p, gradient) =>
    backward(groupsOf(x.length, channels, groups), channels, tensors, x, delta, p, gradient),
};
