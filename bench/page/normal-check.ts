/** Checks the distribution of float noise. A separate file, so that the noise bench loads no peers. */

/** @throws Error if the noise is not standard normal by its first moments and its tails */
export function checkNormals(z: Float32Array): void {
  const moment = (power: number): number => z.reduce((sum, value) => sum + value ** power, 0) / z.length;
  const beyond = z.reduce((count, value) => count + Number(Math.abs(value) > 3), 0) / z.length;
  // Six deviations of each statistic at 100,000 samples.
  const sound = Math.abs(moment(1)) < 0.02 && Math.abs(moment(2) - 1) < 0.03 && Math.abs(moment(4) - 3) < 0.2;
  if (!sound || Math.abs(beyond - 0.0027) > 0.001) throw new Error('float noise: expected standard normals');
}
