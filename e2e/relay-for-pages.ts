/** A relay on a loopback port for the tests that run inside a browser page. */
import { createRequire } from 'node:module';
import type { TestProject } from 'vitest/node';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Loaded by Node itself: the browser project resolves packages for browsers, where `ws` has no server.
  const load = createRequire(import.meta.url);
  const { loopbackRelay } = load('../signaling/loopback-relay.fixture.ts') as typeof import('../signaling/loopback-relay.fixture.ts');
  const relay = await loopbackRelay({ limits: { resumeMs: 2000 } });
  project.provide('relayUrl', relay.url);
  return () => relay.stop();
}

declare module 'vitest' {
  export interface ProvidedContext {
    relayUrl: string;
  }
}
