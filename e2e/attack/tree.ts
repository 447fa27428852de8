/** Copies of this tree without a defence: sources are copied, builds and packages linked. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Cut } from './attack.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['protocol', 'wasm', 'signaling', 'workers', 'relay', 'web', 'e2e', 'bench', 'package.json', 'vite.config.ts'];
const LINKED = ['node_modules', 'build', 'public'];

const run = promisify(execFile);

export interface Tree {
  readonly root: string;
  remove(): Promise<void>;
}

/** Cuts whose text does not occur exactly once. */
export async function rottenCuts(cuts: readonly Cut[]): Promise<readonly Cut[]> {
  const there = await Promise.all(
    cuts.map(async ({ file, find }) => {
      const text = await readFile(join(ROOT, file), 'utf8').catch(() => '');
      return find !== '' && text.split(find).length === 2;
    }),
  );
  return cuts.filter((_, i) => !there[i]);
}

export async function treeWithout(cuts: readonly Cut[]): Promise<Tree> {
  const root = await mkdtemp(join(tmpdir(), 'mesh-tree-'));
  const isSource = (path: string) => !/\.test\.tsx?$/.test(path);
  await Promise.all([
    ...COPIED.map((name) => cp(join(ROOT, name), join(root, name), { recursive: true, filter: isSource })),
    ...LINKED.map((name) => symlink(join(ROOT, name), join(root, name))),
  ]);
  for (const { file, find, put } of cuts) {
    const path = join(root, file);
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace(find, () => put),
    );
  }
  // If the page itself is cut, it is rebuilt.
  if (!cuts.some(({ file }) => file.startsWith('web/'))) await symlink(join(ROOT, 'dist'), join(root, 'dist'));
  else await run(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: root });
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
