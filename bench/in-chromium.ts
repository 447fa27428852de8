/**
 * Runs one bench file of page/ in a real Chromium: bundled, served cross-origin isolated like the page, with its exported `run` called with
 * the server's URL. Node can load the same bundle.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig, type Rollup } from 'vite';
import { launchChromium } from '../e2e/tab.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HEADERS = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** The folder of the peer's .wasm files, with a trailing slash. */
export const TFJS_FILES = `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

/** Includes modules that a peer would load later. */
const ONE_FILE: Rollup.RollupOptions = { output: { codeSplitting: false } };

/** One ES module with everything that `page/<name>.ts` needs. */
export async function bundle(name: string, world: 'page' | 'node'): Promise<string> {
  const entry = join(ROOT, 'bench/page', `${name}.ts`);
  const common: InlineConfig = { root: ROOT, configFile: false, logLevel: 'error', publicDir: false };
  const shape = { write: false, minify: false, target: 'es2023' } as const;
  const output = await build(
    world === 'page'
      ? { ...common, build: { ...shape, lib: { entry, formats: ['es'] }, rollupOptions: ONE_FILE } }
      : { ...common, ssr: { noExternal: true }, build: { ...shape, ssr: entry, rollupOptions: ONE_FILE } },
  );
  const [chunk, ...others] = ([output].flat() as Rollup.RollupOutput[])[0]!.output;
  if (others.length > 0) throw new Error(`expected one file from ${name}.ts, got ${others.length + 1}`);
  // The peer's Emscripten glue imports it in Node.
  return world === 'node' ? `const __dirname = import.meta.dirname;\n${chunk.code}` : chunk.code;
}

/**
 * @param script from `bundle`
 * @param files path on the server -> file
 * @returns the result of the script's `run(origin)`, and the browser's version
 */
export async function runInChromium<T>(script: string, files: Readonly<Record<string, string>>): Promise<{ version: string; result: T }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const send = (type: string, body: string | Buffer) => response.writeHead(200, { ...HEADERS, 'Content-Type': type }).end(body);
    if (path === '/') return void send('text/html', '<!doctype html><title>bench</title>');
    if (path === '/bench.js') return void send('text/javascript', script);
    const folder = Object.keys(files).find((prefix) => path.startsWith(prefix));
    if (folder === undefined) return void response.writeHead(404).end();
    readFile(files[folder]! + path.slice(folder.length)).then(
      (body) => send(path.endsWith('.js') ? 'text/javascript' : 'application/wasm', body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const result = await page.evaluate(async () => {
      const url = '/bench.js';
      const bench = (await import(url)) as { run(origin: string): Promise<unknown> };
      return bench.run(globalThis.location.origin);
    });
    if (errors.length > 0) throw new Error(errors.join('\n'));
    return { version: browser.version(), result: result as T };
  } finally {
    await browser.close();
    server.close();
  }
}
