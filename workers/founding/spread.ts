/** Picks some of many, spread out: neighbours in a folder are often alike. */
export function spreadOver<T>(all: readonly T[], most: number): T[] {
  const every = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(all.length, most) }, (_, i) => all[Math.floor(i * every)]!);
}
