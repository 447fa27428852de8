/**
 * Losses of the last layer and their deltas d loss / d z. Scalar, with f64 sums, because the last layer is narrow.
 * Math.exp and Math.log are AssemblyScript's software routines, with the same bits everywhere.
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

/**
 * Logistic loss of each output separately, targets in [0, 1], rows x outputs f32, dense. delta = s(z) - target, s the logistic function.
 * Written with exp(-|z|), which neither overflows nor cancels.
 * @returns sum over rows and outputs of -target log s(z) - (1 - target) log(1 - s(z))
 */
export function logisticDelta(
  rows: i32, outputs: i32, z: usize, zStride: usize, targets: usize, delta: usize, deltaStride: usize,
): f64 {
  let total: f64 = 0;
  for (let m = 0; m < rows; m++, z += zStride, delta += deltaStride) {
    for (let j = 0; j < outputs; j++, targets += 4) {
      const value = <f64>load<f32>(z + (<usize>j << 2)), target = <f64>load<f32>(targets);
      const power = Math.exp(-abs<f64>(value));
      store<f32>(delta + (<usize>j << 2), <f32>((value < 0 ? power : 1.0) / (1 + power) - target));
      total += max<f64>(value, 0) - value * target + Math.log1p(power);
    }
  }
  return total;
}

/**
 * Half the squared error up to an error of 1, beyond it |error| - 1/2 (Huber 1964). delta = the error, cut to [-1, 1].
 * @returns sum over rows and outputs
 */
export function huberDelta(
  rows: i32, outputs: i32, z: usize, zStride: usize, targets: usize, delta: usize, deltaStride: usize,
): f64 {
  let total: f64 = 0;
  for (let m = 0; m < rows; m++, z += zStride, delta += deltaStride) {
    for (let j = 0; j < outputs; j++, targets += 4) {
      const error = <f64>load<f32>(z + (<usize>j << 2)) - <f64>load<f32>(targets);
      // wasm's min and max let a NaN through.
      const cut = max<f64>(-1, min<f64>(1, error));
      store<f32>(delta + (<usize>j << 2), <f32>cut);
      total += cut * (error - 0.5 * cut);
    }
  }
  return total;
}

/** @returns how many rows have their largest output (the first of equals) at their class; a row with NaN never counts */
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
