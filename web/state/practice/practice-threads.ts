/** Starts the threads of a practice and answers for one that dies. Loaded when somebody practises. */
import { proxy, transfer, wrap } from 'comlink';
import type { PortTo } from '#signaling/links/in-page-mesh';
import type { Result, Problem } from '#workers/api';
import type { PracticeWorker } from '#workers/practice/api';

function spawnPractice(name: string): Worker {
  return new Worker(new URL('../../../workers/practice.worker.ts', import.meta.url), { type: 'module', name });
}

export interface PracticeThread {
  readonly calls: PracticeWorker;
  /** Ends it, whatever it does. */
  end(): void;
}

/** @param died told once when the thread breaks */
export function openThread(name: string, died: (problem: Problem) => void): PracticeThread {
  const worker = spawnPractice(name);
  const dead = new Promise<Result<never>>((resolve) => {
    // A script that does not load or throws outside of a call: comlink's promises would wait for ever.
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      const error: Problem = { code: 'internal', detail: { field: name, ...(event.message ? { got: event.message } : {}) } };
      died(error);
      resolve({ ok: false, error });
    });
  });
  const thread = wrap<PracticeWorker>(worker);
  const answered = <T>(call: Promise<Result<T>>): Promise<Result<T>> => Promise.race([call, dead]);
  return {
    calls: {
      identify: () => answered(thread.identify()),
      found: (...about) => answered(thread.found(...about)),
      sit: (ports, failed) => answered(thread.sit(handedOver(ports), proxy(failed))),
      takePart: (entry, ports, listener) => answered(thread.takePart(entry, handedOver(ports), proxy(listener))),
      alone: () => answered(thread.alone()),
      download: () => answered(thread.download()),
    },
    end: () => worker.terminate(),
  };
}

function handedOver(ports: readonly PortTo[]): readonly PortTo[] {
  return transfer(
    [...ports],
    ports.map(({ port }) => port),
  );
}
