/**
 * Builds the page (web/) into dist/page, which the relay serves. The relay's own build is another file.
 * In development this server stands before a relay on its default port and hands /api and /mesh on to it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type Plugin, type Rolldown } from 'vite';
import solid from 'vite-plugin-solid';

const RELAY = '127.0.0.1:8710';
/** Cross-origin isolation, as the relay sends it: shared memory and precise timers in workers. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Builds web/service-worker.ts into /service-worker.js with the list of all built files, and a name of this build from their hashes. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
        const alone = readdirSync(path('public'), { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'robots.txt');
        const files = ['/', ...alone.map((entry) => `/${entry.name}`), ...assets.toSorted().map((name) => `/${name}`)];
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

export default defineConfig({
  root: 'web',
  publicDir: '../public',
  plugins: [solid(), serviceWorker()],
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
