/**
 * Builds the relay into dist/relay for hosts that should not run sources: main.js, the host's commands, and the workers beside them,
 * since a worker is started by its file's name. Packages stay outside, in node_modules.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    target: 'node22',
    outDir: 'dist/relay',
    emptyOutDir: true,
    rollupOptions: {
      input: {
        main: 'relay/main.ts',
        admin: 'relay/admin/main.ts',
        'sqlite-worker': 'relay/store/sqlite-worker.ts',
        'states-worker': 'relay/states-worker.ts',
        'prices-worker': 'relay/prices-worker.ts',
      },
      // All in one folder: the sources ask for files relative to their own.
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
