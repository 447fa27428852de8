/**
 * Losses of the last layer and their deltas d loss / d z. Scalar and in f64 where it sums: a last layer is narrow.
 * Math.exp and Math.log are AssemblyScript's own software routines, the same bits everywhere.
 */

/**
 * Softmax cross-entropy. delta[m, j] = softmax(z[m])[j] - (j == classes[m]).
 * @returns sum over the rows of -log softmax(z[m])[classes[m]]
 */
export function softmaxDelta(
  rows: i32, outputs: i32, z: usize, zStride: usize, classes: usize, delta: usize, deltaStride: usize,
): f64 {
  let total: f64 = 0;
  for (let m = 0; m < rows; m++, z += zStride, delta += deltaStride) {
    let top = load<f32>(z);
    for (let j = 1; j < outputs; j++) {
      const value = load<f32>(z + (<usize>j << 2));
      if (value > top) top = value;
    }
    let sum: f64 = 0;
    for (let j = 0; j < outputs; j++) {
      const power = Math.exp(<f64>load<f32>(z + (<usize>j << 2)) - <f64>top);
      store<f32>(delta + (<usize>j << 2), <f32>power);
      sum += power;
    }
    const target = load<i32>(classes + (<usize>m << 2));
    for (let j = 0; j < outputs; j++) {
      const at = delta + (<usize>j << 2);
      store<f32>(at, <f32>(<f64>load<f32>(at) / sum - (j == target ? 1.0 : 0.0)));
    }
    total += Math.log(sum) - (<f64>load<f32>(z + (<usize>target << 2)) - <f64>top);
  }
  return total;
}

/**
 * Half the squared error. delta = z - target; targets are rows x outputs f32, dense.
 * @returns sum over the rows of 1/2 |z[m] - target[m]|^2
 */
export function squaredDelta(
  rows: i32, outputs: i32, z: usize, zStride: usize, targets: usize, delta: usize, deltaStride: usize,
): f64 {
  let total: f64 = 0;
  for (let m = 0; m < rows; m++, z += zStride, delta += deltaStride) {
    for (let j = 0; j < outputs; j++, targets += 4) {
      const error = <f64>load<f32>(z + (<usize>j << 2)) - <f64>load<f32>(targets);
      store<f32>(delta + (<usize>j << 2), <f32>error);
      total += 0.5 * error * error;
    }
  }
  return total;
}

/** @returns how many rows have their largest output (the first of equals) at their class; a row with a NaN has none */
export function hits(rows: i32, outputs: i32, z: usize, zStride: usize, classes: usize): i32 {
  let count = 0;
  for (let m = 0; m < rows; m++, z += zStride) {
    let best = 0, sound = true;
    for (let j = 0; j < outputs; j++) {
      const value = load<f32>(z + (<usize>j << 2));
      if (value != value) sound = false;
      if (value > load<f32>(z + (<usize>best << 2))) best = j;
    }
    if (sound && best == load<i32>(classes + (<usize>m << 2))) count++;
  }
  return count;
}
