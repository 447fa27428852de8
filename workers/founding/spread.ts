/** Some of very many, from all over: what follows each other in a folder is often alike. */
export function spreadOver<T>(all: readonly T[], most: number): T[] {
  const every = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(all.length, most) }, (_, i) => all[Math.floor(i * every)]!);
}
