/** Turns a model's outputs into probabilities. */

/**
 * Softmax of each row, in place. Subtracts the largest output first, so that no exponential overflows.
 * @param logits rows x classes
 */
export function softmaxRows(logits: Float32Array<ArrayBuffer>, classes: number): Float32Array<ArrayBuffer> {
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes);
    const top = Math.max(...row);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += row[c] = Math.exp(row[c]! - top);
    for (let c = 0; c < classes; c++) row[c]! /= sum;
  }
  return logits;
}
