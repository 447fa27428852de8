/** Starts the threads of a practice and reports one that dies. Loaded when somebody practises. */
import { threadCalls, type ThreadCalls } from '#signaling/thread-calls';
import type { Problem } from '#workers/api';
import type { PracticeWorker } from '#workers/practice/api';

function spawnPractice(name: string): Worker {
  return new Worker(new URL('../../../workers/practice.worker.ts', import.meta.url), { type: 'module', name });
}

export type PracticeThread = ThreadCalls<PracticeWorker>;

/** @param died called once if the thread fails */
export function openThread(name: string, died: (problem: Problem) => void): PracticeThread {
  return threadCalls(spawnPractice(name), name, died);
}
