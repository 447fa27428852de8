/**
 * One run, three worlds: `node` (pure code, sockets on loopback), `browser` (real Chromium, one page), `e2e` (real relay, many tabs).
 * A missing browser fails the browser project alone: `vitest run --project node` needs none.
 */
import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import solid from 'vite-plugin-solid';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, chromiumPath } from './e2e/browser-path.ts';
import { TestMinutes } from './scripts/test-minutes.ts';

/** For `expect.poll`: waits for a condition as long as a busy machine takes. `expect.element` has what its test has left. */
const patient = { poll: { timeout: 20_000 } };

/** One more than there are cores: tests of relays and browsers mostly wait. Pages come after them, one for each core. */
const pages = Math.min(availableParallelism(), 4);
const workers = pages + 1;

const skipped = ['**/node_modules/**', '**/dist/**', '**/build/**', '**/artifacts/**'];

const executablePath = await chromiumPath().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return '/no-chromium-found'; // the browser project then fails at launch, after the reason above
});

export default defineConfig({
  test: {
    reporters: ['default', new TestMinutes()],
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['**/*.test.ts'],
          exclude: [...skipped, '**/*.browser.test.ts', 'e2e/**'],
          isolate: false, // a third of the time went into loading the same modules for each file
          maxWorkers: workers,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['e2e/**/*.test.ts'],
          exclude: skipped,
          maxWorkers: workers,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          expect: patient,
        },
      },
      {
        plugins: [solid({ hot: false })],
        // Found while a test runs, a new dependency would reload the page under it.
        optimizeDeps: {
          include: [
            'simple-peer/simplepeer.min.js',
            '@noble/curves/nist.js',
            '@noble/hashes/hmac.js',
            '@noble/hashes/sha2.js',
            '@noble/hashes/utils.js',
            'cborg',
            'zod/mini',
            'comlink',
            'idb',
            'papaparse',
            'uplot',
            'uqr',
            'solid-js',
            'solid-js/web',
            'solid-js/store',
            'fast-check',
            'axe-core',
          ],
        },
        server: {
          headers: {
            'Cross-Origin-Opener-Policy': 'same-origin',
            'Cross-Origin-Embedder-Policy': 'require-corp',
          },
        },
        test: {
          name: 'browser',
          maxWorkers: pages,
          sequence: { groupOrder: 1 },
          environment: 'node', // vite-plugin-solid puts jsdom here when it is empty
          include: ['**/*.browser.test.{ts,tsx}'],
          globalSetup: ['e2e/relay-for-pages.ts'],
          exclude: skipped,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: patient,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath, args: [...CHROMIUM_ARGS] } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
