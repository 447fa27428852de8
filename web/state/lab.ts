/**
 * The page's side of the lab: a thread for everything that is done with a model on this device and never sent. Each screen has its own,
 * started when first needed and ended with the screen. An OpenLab provides the implementation (a worker, or a test double).
 */
import { createContext, onCleanup, useContext } from 'solid-js';
import type { Result } from '#workers/api';
import type { LabWorker } from '#workers/lab/api';
import type { OpenedLab } from './lab-worker.ts';
import { failed, type Shown } from './problem.ts';

export type LabCalls = LabWorker;

export type OpenLab = () => Promise<Result<OpenedLab, Shown>>;

/** Starts this screen's lab once; a start that failed may be tried again. */
export type StartLab = () => Promise<Result<LabCalls, Shown>>;

const LabContext = createContext<OpenLab>(async () => (await import('./lab-worker.ts')).openLabWorker());
/** For tests: another way to open a lab. */
export const LabProvider = LabContext.Provider;

/** The lab of the screen that calls this. */
export function useLab(): StartLab {
  const open = useContext(LabContext);
  let opening: Promise<Result<OpenedLab, Shown>> | undefined;
  let ended = false;
  onCleanup(() => {
    ended = true;
    void opening?.then((outcome) => outcome.ok && outcome.value.close());
  });
  return async () => {
    opening ??= open()
      .catch(failed)
      .then((outcome) => {
        if (!outcome.ok) opening = undefined;
        else if (ended) outcome.value.close();
        return outcome;
      });
    const outcome = await opening;
    return outcome.ok ? { ok: true, value: outcome.value.calls } : outcome;
  };
}

/** A lab for one piece of work, so that no other call has to wait: opened for it, and closed when it is done or with the calling screen. */
export function useLabOnce(): <T>(work: (lab: LabCalls) => Promise<Result<T>>) => Promise<Result<T, Shown>> {
  const open = useContext(LabContext);
  const running = new Set<OpenedLab>();
  let ended = false;
  const close = (lab: OpenedLab) => {
    if (running.delete(lab)) lab.close();
  };
  onCleanup(() => {
    ended = true;
    for (const lab of running) close(lab);
  });
  return async (work) => {
    const outcome = await open().catch(failed);
    if (!outcome.ok) return outcome;
    const lab = outcome.value;
    running.add(lab);
    try {
      return ended ? { ok: false, error: { code: 'stale', detail: { field: 'lab' } } } : await work(lab.calls);
    } catch (error) {
      return failed(error);
    } finally {
      close(lab);
    }
  };
}
