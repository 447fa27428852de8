/**
 * Whether this engine and machine benefit from the relaxed build: engines without relaxed SIMD (Safari, Node before 22) cannot load it, and
 * and a processor without fused multiply-add gains nothing. Its results differ in the last bits from machine to machine, so it
 * serves only training on one's own rows: anything that others recompute uses the plain build. Clipped sums are exact in both, because
 * they are bounded integers.
 */
import { createNumerics, fuses } from './core.ts';
import type { Numerics } from './numerics.ts';

/** (v128, v128, v128) -> f32x4.relaxed_madd: the smallest module that needs the feature. Magic, type, function, code. */
// oxfmt-ignore
const PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 8, 1, 96, 3, 123, 123, 123, 1, 123,
  3, 2, 1, 0,
  10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
);

/**
 * @param read the bytes of the relaxed build; not called if the engine lacks the feature
 * @returns null if the plain build is as good
 */
export async function fusedFrom(read: () => Promise<BufferSource>): Promise<Numerics | null> {
  if (!WebAssembly.validate(PROBE)) return null;
  const module = await WebAssembly.compile(await read());
  return (await fuses(module)) ? createNumerics(module) : null;
}
