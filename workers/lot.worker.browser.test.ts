/** The lot thread in a real browser, on the build for training. Needs build/wasm (`npm run build:wasm`). */
import * as Comlink from 'comlink';
import { expect, test } from 'vitest';
import type { Trial } from './trainer/lot-threads.worker.fixture.ts';

test('lots shared with it have exactly the sums of one thread; rows are zeroed on release', async () => {
  const thread = new Worker(new URL('./trainer/lot-threads.worker.fixture.ts', import.meta.url), { type: 'module' });
  const trial = Comlink.wrap<Trial>(thread);
  expect(await trial.compare(20)).toEqual({ threads: 2, different: [], zeroed: true });
  thread.terminate();
});
