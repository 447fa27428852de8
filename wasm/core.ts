/**
 * The numerics on compiled kernels: one instance owns one memory and makes models and noise in it. Models are in model.ts and layers/, the
 * arithmetic in assembly/.
 */
import { createArena } from './arena.ts';
import { openStreams } from './chacha.ts';
import type { Kernels } from './kernels.ts';
import { openModel } from './model.ts';
import { openNoiseKernel } from './noise.ts';
import type { Numerics } from './numerics.ts';

/** One instance with a memory of its own. */
export async function createNumerics(module: WebAssembly.Module): Promise<Numerics> {
  const kernels = await instantiate(module);
  const arena = createArena(kernels.memory, kernels.heapBase());
  return {
    model(spec, maxLot, unitRows = 1) {
      for (const [field, value] of Object.entries({ maxLot, unitRows })) {
        if (!Number.isInteger(value) || value < 1) throw new RangeError(`${field}: expected a whole number from 1, got ${value}`);
      }
      return openModel(kernels, arena, spec, maxLot, unitRows);
    },
    noise: (tables, count) => openNoiseKernel(kernels, arena, tables, count),
    addStreams: openStreams(kernels, arena),
  };
}

/** Whether the machine rounds only once in a multiply-add. */
export async function fuses(module: WebAssembly.Module): Promise<boolean> {
  return (await instantiate(module)).fused() === 1;
}

async function instantiate(module: WebAssembly.Module): Promise<Kernels> {
  // The compiler wrote these exports; there is no other source for their types.
  return (await WebAssembly.instantiate(module, ENVIRONMENT)).exports as unknown as Kernels;
}

/** Only reached if a kernel hits `unreachable` through a bug of its own. */
const ENVIRONMENT = {
  env: {
    abort: (): never => {
      throw new Error('a compiled kernel aborted');
    },
  },
};
