/**
 * The founder's worker as the page calls it: started with the first call, never with the page. The implementation (a worker, or a test
 * double) comes from context.
 */
import { createContext, useContext } from 'solid-js';
import { callsOf, invoke, threadCalls, type ThreadCalls } from '#signaling/thread-calls';
import type { FoundingWorker } from '#workers/founding/api';

export type StartFounding = () => ThreadCalls<FoundingWorker>;

function startThread(): ThreadCalls<FoundingWorker> {
  const thread = new Worker(new URL('../../../workers/founding.worker.ts', import.meta.url), { type: 'module', name: 'founding' });
  return threadCalls(thread, 'founding');
}

export function openFounding(start: StartFounding): ThreadCalls<FoundingWorker> {
  let started: ThreadCalls<FoundingWorker> | undefined;
  return {
    calls: callsOf((name, args) => invoke((started ??= start()).calls, name, args)),
    end: () => started?.end(),
  };
}

const StartContext = createContext<StartFounding>(startThread);
export const FoundingProvider = StartContext.Provider;

export function useFounding(): ThreadCalls<FoundingWorker> {
  return openFounding(useContext(StartContext));
}
