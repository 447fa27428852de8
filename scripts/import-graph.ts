/** The imports between product files, including types and `import()`, and their circles. Packages and other files are left out. */
import { posix } from 'node:path';
import { importsOf, isUpward, type SourceFile } from './tidy.ts';

/** For each file the files that it imports. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

export function importGraph(files: readonly SourceFile[]): ImportGraph {
  const known = new Set(files.map(({ path }) => path));
  return new Map(
    files.map(({ path, text }) => {
      const targets = importsOf(text).map(({ target }) => fileOf(path, target, known));
      return [path, new Set(targets.filter((target) => target !== null && target !== path))] as const;
    }),
  ) as ImportGraph;
}

function fileOf(path: string, target: string, known: ReadonlySet<string>): string | null {
  const bare = target.replace(/\?.*$/, '');
  const file = bare.startsWith('.') ? posix.join(posix.dirname(path), bare) : bare.startsWith('#') ? bare.slice(1) : null;
  // Imports by map, and those of AssemblyScript, have no extension.
  return file === null ? null : ([file, `${file}.ts`, `${file}.tsx`].find((name) => known.has(name)) ?? null);
}

/** Files that import one another, also indirectly: the strongly connected components of more than one file (Tarjan 1972). */
export function circlesOf(graph: ImportGraph): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    open.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      if (open.includes(target)) low.set(file, Math.min(low.get(file)!, low.get(target)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const part = open.splice(open.indexOf(file));
    if (part.length > 1) circles.push(part.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}

/** Imports against the order of rooms (tidy.ts). */
export function upwardImports(graph: ImportGraph): string[] {
  return [...graph].flatMap(([path, targets]) =>
    [...targets].filter((target) => isUpward(path, target)).map((target) => `${path} -> ${target}`),
  );
}
