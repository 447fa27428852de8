/**
 * An embedding: rows of a table, looked up by integers. A unit's gradient touches as many rows as the unit has distinct integers: deltas of
 * equal ones are added in place, so norm and rounding see each row once and no table is written per unit.
 */
import type { NetworkLayer } from '#protocol/model/architecture';
import { floatsAt, panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';

export function embeddingOp(
  { kernels, blockRows, bytes }: Place,
  layer: Extract<NetworkLayer, { kind: 'embedding' }>,
  input: Value,
  output: Value,
): Op {
  const { vocabulary, width } = layer;
  const { offset, length } = layer.tensors[0]!;
  const positions = positionsOf(input.shape);
  const rowFloats = panelsOf(width) * 8;
  const rowBytes = rowFloats * 4;
  const floats = vocabulary * rowFloats;

  const table = bytes(floats * 4);
  const sums = bytes(floats * 4);
  const tokens = bytes(blockRows * positions * 4);
  const owners = bytes(vocabulary * 4);
  const tokensOf = (row: number): number => tokens + row * positions * 4;
  const deltaOf = (row: number): number => output.delta + row * output.stride;

  /** Copies between table rows and parameters. Inline loops: a call for each value takes five times as long. */
  const unpad = <V extends Float32Array | Int32Array>(values: V, into: V): void => {
    for (let token = 0, flat = offset; token < vocabulary; token++) {
      for (let i = token * rowFloats, end = i + width; i < end; i++, flat++) into[flat] = values[i]!;
    }
  };

  return {
    forward({ n }) {
      kernels.embed(n, positions, vocabulary, rowBytes, input.at, input.stride, input.step, table, tokens, output.at, output.stride);
    },
    backward() {},
    weights: {
      count: length,
      load(parameters) {
        const values = floatsAt(kernels, table, floats).fill(0); // the padding too: a step may have left NaN there
        for (let token = 0, flat = offset; token < vocabulary; token++) {
          for (let i = token * rowFloats, end = i + width; i < end; i++, flat++) values[i] = parameters[flat]!;
        }
      },
      store(parameters) {
        unpad(floatsAt(kernels, table, floats), parameters);
      },
      clearSums: () => void floatsAt(kernels, sums, floats).fill(0),
      addNorms({ count, first }, norms) {
        const squares = new Float64Array(kernels.memory.buffer, norms, count);
        for (let u = 0; u < count; u++) {
          const [row, n] = [first[u]!, first[u + 1]! - first[u]!];
          squares[u]! += kernels.mergeTokens(n, positions, rowBytes, tokensOf(row), owners, deltaOf(row), output.stride);
        }
      },
      addSteps({ count, first }, factors) {
        const scale = new Float64Array(kernels.memory.buffer, factors, count);
        for (let u = 0; u < count; u++) {
          if (scale[u] === 0) continue;
          const [row, n] = [first[u]!, first[u + 1]! - first[u]!];
          kernels.addTokenSteps(n, positions, rowBytes, tokensOf(row), deltaOf(row), output.stride, scale[u]!, sums);
        }
      },
      addGradients: (n) => kernels.addTokens(n, positions, rowBytes, tokens, output.delta, output.stride, sums),
      storeSums(into) {
        const Kind = into instanceof Int32Array ? Int32Array : Float32Array;
        unpad(new Kind(kernels.memory.buffer, sums, floats), into);
      },
      step: (factor) => kernels.addScaled(floats, sums, factor, table),
    },
  };
}
