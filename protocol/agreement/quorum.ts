/**
 * Arithmetic of quorums, turns and views: numbers only, and no imports. n seats of which at most f lie, n >= 3f + 1, as in PBFT
 * (Castro & Liskov 1999).
 */

/** q = floor((n + f) / 2) + 1: two quorums share an honest seat. */
export function quorumOf(n: number, f: number): number {
  return Math.floor((n + f) / 2) + 1;
}

/** Position of a view's leader among n seats: seats take turns by slot and, if one is silent, by view. */
export function turnOf(n: number, slot: number, view: number): number {
  return (slot + view) % n;
}

/**
 * The lowest view that f + 1 seats want: they cannot all be liars.
 * @param views the view of each seat that is ahead
 */
export function wantedView(views: readonly number[], f: number): number | undefined {
  return [...views].sort((a, b) => b - a)[f];
}
