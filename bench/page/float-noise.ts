/**
 * The bench's own DP step around a clipped sum: float Gaussian noise from the device's randomness, added by a SIMD kernel that is
 * not part of the product (wasm/assembly/float-noise.ts says why), and a step of the parameters.
 */
import type { Model, Rows } from '#wasm/numerics';

export interface NoisyStep {
  /** clip and noise as DP-SGD: p -= rate / lot * (clipped sum + N(0, (sigma * clip)^2)). */
  step(model: Model, rows: Rows, lot: Int32Array): void;
  /** Adds one new standard normal to each parameter: the noise of a step without the step. */
  drawNormals(): void;
  /** Standard normals of this source, for a check of its moments. */
  normals(): Float32Array;
}

/** Clipping with each row as a unit, and the noise. */
export interface NoiseScale {
  readonly clip: number;
  readonly gridBits: number;
  readonly sigma: number;
  readonly rate: number;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  noisyStep(count: number, words: number, sums: number, parameters: number, sumFactor: number, noiseFactor: number): void;
}

/** Maximum bytes of randomness per call. */
const RANDOM_BYTES_MAX = 65_536;

export async function openNoisyStep(wasm: BufferSource, start: Float32Array, scale: NoiseScale): Promise<NoisyStep> {
  const kernel = (await WebAssembly.instantiate(await WebAssembly.compile(wasm), {})).exports as unknown as Exports;
  const count = Math.ceil(start.length / 8) * 8;
  const base = Math.ceil(kernel.heapBase() / 64) * 64;
  const [wordsAt, sumsAt, parametersAt] = [base, base + RANDOM_BYTES_MAX, base + RANDOM_BYTES_MAX + 4 * count];
  kernel.memory.grow(Math.ceil((parametersAt + 4 * count - kernel.memory.buffer.byteLength) / 65_536));
  const buffer = kernel.memory.buffer as ArrayBuffer;
  const sums = new Int32Array(buffer, sumsAt, start.length);
  const parameters = new Float32Array(buffer, parametersAt, start.length);
  /** Randomness is used while it is in the caches. */
  const take = (sumFactor: number, noiseFactor: number): void => {
    for (let at = 0; at < 4 * count; at += RANDOM_BYTES_MAX) {
      const bytes = Math.min(RANDOM_BYTES_MAX, 4 * count - at);
      crypto.getRandomValues(new Uint8Array(buffer, wordsAt, bytes));
      kernel.noisyStep(bytes / 4, wordsAt, sumsAt + at, parametersAt + at, sumFactor, noiseFactor);
    }
  };
  parameters.set(start);
  return {
    step(model, rows, lot) {
      model.clippedSum(rows, lot, scale, sums);
      const factor = -scale.rate / lot.length;
      take((factor * scale.clip) / 2 ** scale.gridBits, factor * scale.sigma * scale.clip);
      model.setParameters(parameters);
    },
    drawNormals() {
      take(0, 1);
    },
    normals() {
      const kept = parameters.slice();
      parameters.fill(0);
      take(0, 1);
      const drawn = parameters.slice();
      parameters.set(kept);
      return drawn;
    },
  };
}
