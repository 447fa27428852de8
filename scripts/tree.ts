/** Reads the tree's text files, for tests that check all of them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './tidy.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTSIDE = new Set(['node_modules', 'dist', 'build', 'artifacts', 'data', '.git']);
const READ = /\.(tsx?|js|css|html|json|md|svg|sh|ya?ml)$|^\.ci\//;

/** Files that git tracks or would track; without git (an unpacked archive), all files. */
function listPaths(): string[] {
  try {
    const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    return execFileSync('git', listing, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\0')
      .filter(Boolean);
  } catch {
    return walk('');
  }
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !OUTSIDE.has(name))
    .flatMap((entry) => (entry.isDirectory() ? walk(`${folder}${entry.name}/`) : [`${folder}${entry.name}`]));
}

/** Every text file of the tree that the rules cover. */
export function readTree(): SourceFile[] {
  return listPaths()
    .filter((path) => READ.test(path) && existsSync(join(ROOT, path)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}
