/** @returns the largest whole number from 1 to `most` that `holds`; 0 if none does. `holds` must hold for every smaller number too. */
export function largestThat(holds: (n: number) => boolean, most: number): number {
  if (most < 1 || !holds(1)) return 0;
  let low = 1;
  let high = Math.min(2, most);
  while (holds(high)) {
    if (high >= most) return most;
    low = high;
    high = Math.min(high * 2, most);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
