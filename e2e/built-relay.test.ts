import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Inside of node_modules, so that the built relay finds its packages. */
const TREE = join(ROOT, 'node_modules/.cache/built-relay');

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'mesh-built-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

/** Every entry with when it was last changed, folders too: a file that came and went changes its folder. */
async function entries(): Promise<string[]> {
  const names = ['.', ...(await readdir(TREE, { recursive: true }))].toSorted();
  return Promise.all(names.map(async (name) => `${name} ${(await stat(join(TREE, name))).mtimeMs}`));
}

it('the built relay serves the page and writes nothing beside its data', { timeout: 120_000 }, async () => {
  await rm(TREE, { recursive: true, force: true });
  await mkdir(TREE, { recursive: true });
  await build({ root: ROOT, configFile: join(ROOT, 'vite.relay.config.ts'), logLevel: 'error', build: { outDir: join(TREE, 'relay') } });
  await cp(join(ROOT, 'dist/page'), join(TREE, 'page'), { recursive: true });
  const before = await entries();
  const child = spawn(process.execPath, ['relay/main.js', '--port', '0', '--data', data], {
    cwd: TREE,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const found = /http:\S+/.exec(chunk.toString());
        if (found !== null) resolve(found[0]);
      });
      child.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)));
    });
    expect((await fetch(url)).headers.get('content-type')).toContain('text/html');
    expect(((await (await fetch(`${url}/api/federations`)).json()) as unknown[]).length).toBeGreaterThan(0);
  } finally {
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
  expect(await entries()).toEqual(before);
  await rm(TREE, { recursive: true, force: true });
});

it('a start that would have to build into a folder where it cannot says what to do', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/can-build.js'), join(data, 'nowhere')], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, expect.stringContaining('node dist/relay/main.js --data DIRECTORY')]);
});
