/** Numerics that count what networks are really trained: the work of tests that must not depend on a clock. */
import { multiplicationsAnExample } from '#protocol/model/architecture';
import type { Numerics } from '#wasm/numerics';

/** @returns the same numerics, and the multiplications so far of the rows whose plain gradients were taken, forward pass alone */
export function counting(of: Numerics): { readonly numerics: Numerics; readonly work: () => number } {
  let work = 0;
  const model: Numerics['model'] = (spec, ...about) => {
    const made = of.model(spec, ...about);
    const each = multiplicationsAnExample(spec.network);
    const gradient = made.gradient.bind(made);
    made.gradient = (rows, lot, into) => {
      work += lot.length * each;
      return gradient(rows, lot, into);
    };
    return made;
  };
  return { numerics: { ...of, model }, work: () => work };
}
