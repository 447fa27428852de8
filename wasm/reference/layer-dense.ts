/** The oracle's layers whose outputs depend on all inputs (dense) or on a table (embedding; Bengio et al. 2003). */
import { sizeOf, type Rule } from './layer-rule.ts';

export const dense: Rule<'dense'> = {
  forward({ inputs, outputs, tensors: [weight, bias] }, x, p) {
    return new Float64Array(outputs).map((_, n) => {
      let z = p[bias!.offset + n]!;
      for (let k = 0; k < inputs; k++) z += x[k]! * p[weight!.offset + k * outputs + n]!;
      return z;
    });
  },
  backward({ inputs, outputs, tensors: [weight, bias] }, x, delta, p, gradient) {
    const back = new Float64Array(inputs);
    for (let n = 0; n < outputs; n++) {
      gradient[bias!.offset + n]! += delta[n]!;
      for (let k = 0; k < inputs; k++) {
        gradient[weight!.offset + k * outputs + n]! += x[k]! * delta[n]!;
        back[k]! += delta[n]! * p[weight!.offset + k * outputs + n]!;
      }
    }
    return back;
  },
};

/** Each position with a valid token, and the start of the token's vector in the table. Invalid tokens learn nothing. */
function eachToken(vocabulary: number, width: number, x: Float64Array, visit: (position: number, row: number) => void): void {
  for (const [position, token] of x.entries()) {
    if (Number.isInteger(token) && token >= 0 && token < vocabulary) visit(position, token * width);
  }
}

export const embedding: Rule<'embedding'> = {
  forward({ vocabulary, width, output, tensors: [table] }, x, p) {
    const result = new Float64Array(sizeOf(output));
    eachToken(vocabulary, width, x, (position, row) => {
      for (let c = 0; c < width; c++) result[position * width + c] = p[table!.offset + row + c]!;
    });
    return result;
  },
  backward({ vocabulary, width, tensors: [table] }, x, delta, _p, gradient) {
    eachToken(vocabulary, width, x, (position, row) => {
      for (let c = 0; c < width; c++) gradient[table!.offset + row + c]! += delta[position * width + c]!;
    });
    return new Float64Array(x.length); // a token has no derivative
  },
};
