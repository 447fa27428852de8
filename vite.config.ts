/**
 * Builds the page (web/) into dist/page, which the relay serves. The relay's own build is another file.
 * In development this server stands before a relay on its default port and hands /api and /mesh on to it.
 */
import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

const RELAY = '127.0.0.1:8710';
/** Cross-origin isolation, as the relay sends it: shared memory and precise timers in workers. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  root: 'web',
  publicDir: '../public',
  plugins: [solid()],
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    // A data: URL would need an exception in the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
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
