/**
 * Builds the page (web/) into dist/page, which the relay serves. The relay's own build is another file.
 * In development this server stands before a relay on its default port and hands /api and /mesh on to it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build, defineConfig, type Plugin, type Rolldown } from 'vite';
import solid from 'vite-plugin-solid';

const RELAY = '127.0.0.1:8710';
/** Cross-origin isolation, as the relay sends it: shared memory and precise timers in workers. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Builds web/service-worker.ts into service-worker.js with the list of all built files, and a name of this build from their hashes. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
        const alone = readdirSync(path('public'), { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'robots.txt');
        const files = ['', ...alone.map((entry) => entry.name), ...assets.toSorted()]; // from where the page is
        const page = bundle['index.html'];
        const hash = createHash('sha256').update(files.join(' '));
        if (page?.type === 'asset') hash.update(page.source);
        for (const entry of alone) hash.update(readFileSync(path(`public/${entry.name}`)));
        const built = await build({
          configFile: false,
          root: path('.'),
          publicDir: false,
          logLevel: 'warn',
          define: { __FILES__: JSON.stringify(files), __BUILD__: JSON.stringify(hash.digest('hex').slice(0, 16)) },
          build: {
            write: false,
            target: 'es2023',
            lib: { entry: path('web/service-worker.ts'), formats: ['iife'], name: 'serviceWorker' },
          },
        });
        const output = Array.isArray(built) ? built[0]?.output : 'output' in built ? built.output : undefined;
        const code = output?.[0].code;
        if (code === undefined) throw new Error('expected one file of the service worker, got none');
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: code });
      },
    },
  };
}

/**
 * One file for all code that the first view needs, where shared parts would become a dozen small ones: each costs the headers of a reply,
 * and is compressed by itself.
 */
function firstView(id: string, context: Rolldown.ChunkingContext): string | null {
  const seen = new Set<string>();
  const leads = (to: string): boolean => {
    if (seen.has(to)) return false;
    seen.add(to);
    const module = context.getModuleInfo(to);
    return module !== null && (module.isEntry || module.importers.some(leads));
  };
  return leads(id) ? 'first-view' : null;
}

const COMPRESSED = /\.(js|css|html|svg|wasm|csv|json|webmanifest)$/;
/** Below it a compressed file saves no packet. */
const COMPRESSED_FROM_BYTES = 1024;

/** Compressed files by the hash of what is in them: most files stay the same from build to build, and the best brotli takes seconds. */
const KEPT = path('node_modules/.cache/compressed');

async function compressOnce(bytes: Buffer, suffix: string, compress: () => Promise<Buffer>): Promise<Buffer> {
  const kept = join(KEPT, createHash('sha256').update(bytes).digest('hex') + suffix);
  const known = await readFile(kept).catch(() => null);
  if (known !== null) return known;
  const made = await compress();
  const whole = `${kept}.${randomUUID()}`;
  await writeFile(whole, made); // renamed, so that a build that is ended leaves no half of it
  await rename(whole, kept);
  return made;
}

/** Writes each file's brotli and gzip beside it, which a relay or any other server of files sends instead. */
function compressFiles(): Plugin {
  const write = async (file: string) => {
    const bytes = await readFile(file);
    if (bytes.length < COMPRESSED_FROM_BYTES) return;
    const [br, gz] = await Promise.all([
      compressOnce(bytes, '.br', () => promisify(brotliCompress)(bytes)),
      compressOnce(bytes, '.gz', () => promisify(gzip)(bytes, { level: 9 })),
    ]);
    if (br.length < bytes.length) await writeFile(`${file}.br`, br);
    if (gz.length < bytes.length) await writeFile(`${file}.gz`, gz);
  };
  return {
    name: 'compress-files',
    apply: 'build',
    async closeBundle() {
      const out = path('dist/page');
      await mkdir(KEPT, { recursive: true });
      const files = (await readdir(out, { recursive: true })).filter((file) => COMPRESSED.test(file) && !file.startsWith('.vite'));
      await Promise.all(files.map((file) => write(join(out, file))));
    },
  };
}

export default defineConfig({
  root: 'web',
  // The same files wherever a relay is reached: scripts find each other by their own addresses, and the relay tells index.html.
  base: './',
  publicDir: '../public',
  plugins: [solid(), serviceWorker(), compressFiles()],
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    // A data: URL would need an exception in the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: firstView, debugName: 'first view' }] } } },
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    headers: ISOLATION,
    fs: { allow: ['..'] },
    proxy: {
      '/api': `http://${RELAY}`,
      '/mesh': { target: `ws://${RELAY}`, ws: true },
    },
  },
  preview: { host: '127.0.0.1', headers: ISOLATION },
});
