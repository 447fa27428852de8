import { expect, test } from 'vitest';
import type { Snapshot } from '#workers/api';
import type { Shown } from './problem.ts';
import { startPeerWorker } from './peer-worker.ts';

const spawn = () => new Worker(new URL('../testing/fake-peer.worker.ts', import.meta.url), { type: 'module' });
const listen = () => {
  const snapshots: Snapshot[] = [];
  const problems: Shown[] = [];
  return { snapshots, problems, snapshot: (s: Snapshot) => void snapshots.push(s), failure: (p: Shown) => void problems.push(p) };
};

test('the peer gets a port for WebRTC and the relay of this page, and its snapshots arrive', async () => {
  const listener = listen();
  const started = await startPeerWorker(listener, spawn);
  if (!started.ok) throw new Error(started.error.code);
  await started.value.follow({} as never);
  await expect.poll(() => listener.snapshots.map((s) => s.federation)).toEqual([`port ${location.origin}/`]);
});

test('a worker whose script is missing is a problem, not an endless wait', async () => {
  const started = await startPeerWorker(listen(), () => new Worker('/no-such-worker.js', { type: 'module' }));
  expect(started).toMatchObject({ ok: false, error: { code: 'internal' } });
});

test('a worker that breaks later is reported', async () => {
  const listener = listen();
  const started = await startPeerWorker(listener, spawn);
  if (!started.ok) throw new Error(started.error.code);
  await started.value.leave();
  await expect.poll(() => listener.problems).toHaveLength(1);
  expect(listener.problems[0]!.detail.got).toContain('a stand-in that breaks');
});
