/** Who gives way when all places are taken and somebody has a better claim to one. */

/** @param all in order of arrival @returns the newest from the address with the most; null if there is nobody */
export function newestOfBusiest<T extends { readonly address: unknown }>(all: readonly T[]): T | null {
  const counts = new Map<unknown, number>();
  for (const { address } of all) counts.set(address, (counts.get(address) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return all.findLast(({ address }) => counts.get(address) === most) ?? null;
}
