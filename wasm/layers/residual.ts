/** x + f(x): two ops around those of f. The first passes the sum's delta back around f, the second adds the two values. */
import type { Op, Place, Value } from './op.ts';
import { padded } from './padded.ts';

/** @param branch the output of f */
export function residualOps(place: Place, input: Value, branch: Value, output: Value): { before: Op; after: Op } {
  const { kernels } = place;
  const { value, fill } = padded(place, input);
  const floats = (n: number): number => (n * output.stride) / 4;
  return {
    before: {
      forward: ({ n }) => fill(n),
      backward({ n }) {
        // f has already written its part.
        if (input.delta > 0) kernels.addTo(floats(n), input.delta, output.delta, input.delta);
      },
    },
    after: {
      forward: ({ n }) => kernels.addTo(floats(n), value.at, branch.at, output.at),
      backward({ n }) {
        if (branch.delta > 0) kernels.copyRows(1, n * output.stride, output.delta, 0, branch.delta, 0);
      },
    },
  };
}
