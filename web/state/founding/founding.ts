/**
 * The founder's worker as the page calls it: started with the first call, never with the page. What is behind it (a worker, or a
 * test's stand-in) comes by context.
 */
import { createContext, useContext } from 'solid-js';
import type { FoundingWorker } from '#workers/founding/api';
import type { Result } from '#workers/api';
import { failed, type Shown } from '../problem.ts';

export interface FoundingCalls {
  infer(...args: Parameters<FoundingWorker['infer']>): Promise<ResultOf<'infer'>>;
  /** What is being read is not waited for any more: its answer is `stale`. */
  stop(): void;
  inferRecordings(...args: Parameters<FoundingWorker['inferRecordings']>): Promise<ResultOf<'inferRecordings'>>;
  inferPictures(...args: Parameters<FoundingWorker['inferPictures']>): Promise<ResultOf<'inferPictures'>>;
  quote(...args: Parameters<FoundingWorker['quote']>): Promise<ResultOf<'quote'>>;
  rehearse(...args: Parameters<FoundingWorker['rehearse']>): Promise<ResultOf<'rehearse'>>;
  check(...args: Parameters<FoundingWorker['check']>): Promise<ResultOf<'check'>>;
  publish(...args: Parameters<FoundingWorker['publish']>): Promise<ResultOf<'publish'>>;
  close(): void;
}
type ResultOf<K extends keyof FoundingWorker> =
  Awaited<ReturnType<FoundingWorker[K]>> extends { readonly ok: true; readonly value: infer T } | { readonly ok: false }
    ? Result<T, Shown>
    : never;

export interface FoundingThread {
  readonly worker: FoundingWorker;
  /** Resolves when the thread has died: no call of it is answered any more. */
  readonly died: Promise<Shown>;
  end(): void;
}
export type StartFounding = () => Promise<FoundingThread>;

async function startThread(): Promise<FoundingThread> {
  const { proxy, wrap } = await import('comlink');
  const thread = new Worker(new URL('../../../workers/founding.worker.ts', import.meta.url), { type: 'module', name: 'founding' });
  const died = new Promise<Shown>((resolve) => {
    thread.addEventListener('error', (event) => {
      event.preventDefault();
      resolve({ code: 'internal', detail: event.message ? { got: event.message } : {} });
    });
  });
  const remote = wrap<FoundingWorker>(thread);
  // Plain functions: a comlink proxy answers to any name, `then` included, and must not be returned from a promise.
  const worker: FoundingWorker = {
    infer: (file, progress) => remote.infer(file, progress === undefined ? undefined : proxy(progress)),
    stop: () => remote.stop(),
    inferRecordings: (files) => remote.inferRecordings(files),
    inferPictures: (files) => remote.inferPictures(files),
    quote: (...args) => remote.quote(...args),
    rehearse: (draft) => remote.rehearse(draft),
    check: (draft) => remote.check(draft),
    publish: (draft, relay, invitation) => remote.publish(draft, relay, invitation),
  };
  return { worker, died, end: () => thread.terminate() };
}

export function openFounding(start: StartFounding): FoundingCalls {
  let started: Promise<FoundingThread> | undefined;
  const call = async <T>(ask: (worker: FoundingWorker) => Promise<Result<T, Shown>>): Promise<Result<T, Shown>> => {
    try {
      const { worker, died } = await (started ??= start());
      const dead = died.then((error): Result<T, Shown> => ({ ok: false, error }));
      return await Promise.race([ask(worker), dead]);
    } catch (error) {
      started = undefined;
      return failed(error);
    }
  };
  return {
    infer: (...args) => call((worker) => worker.infer(...args)),
    stop: () => void started?.then(({ worker }) => worker.stop()).catch(() => {}),
    inferRecordings: (...args) => call((worker) => worker.inferRecordings(...args)),
    inferPictures: (...args) => call((worker) => worker.inferPictures(...args)),
    quote: (...args) => call((worker) => worker.quote(...args)),
    rehearse: (...args) => call((worker) => worker.rehearse(...args)),
    check: (...args) => call((worker) => worker.check(...args)),
    publish: (...args) => call((worker) => worker.publish(...args)),
    close: () => void started?.then(({ end }) => end()).catch(() => {}),
  };
}

const StartContext = createContext<StartFounding>(startThread);
export const FoundingProvider = StartContext.Provider;

export function useFounding(): FoundingCalls {
  return openFounding(useContext(StartContext));
}
