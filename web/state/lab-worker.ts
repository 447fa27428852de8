/** Starts the lab's worker and answers for it when it dies. Loaded when a screen first needs a lab. */
import { threadCalls } from '#signaling/thread-calls';
import type { Result } from '#workers/api';
import type { LabWorker } from '#workers/lab/api';
import type { Shown } from './problem.ts';

export interface OpenedLab {
  readonly calls: LabWorker;
  /** Ends the thread, whatever it is doing; pending calls fail. */
  close(): void;
}

function spawnLab(): Worker {
  return new Worker(new URL('../../workers/lab.worker.ts', import.meta.url), { type: 'module', name: 'lab' });
}

/** @param spawn a test's own worker */
export async function openLabWorker(spawn: () => Worker = spawnLab): Promise<Result<OpenedLab, Shown>> {
  const { calls, end } = threadCalls<LabWorker>(spawn(), 'lab');
  return { ok: true, value: { calls, close: end } };
}
