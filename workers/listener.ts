/** Listens while a file is read: hears the progress and may cancel. */
import { MeshError } from '#protocol/errors';

/** Progress is reported in steps of this part of the file. */
const STEP = 0.01;

export interface Listener {
  /** Part of the file read so far, 0 to 1. */
  progress?(share: number): void;
  /** Polled: whether the caller no longer waits. */
  stopped?(): boolean;
}

/** @returns a function to call with each share read; it throws MeshError stale once the caller no longer waits */
export function telling({ progress, stopped }: Listener): (share: number) => void {
  let told = 0;
  return (share) => {
    if (stopped?.() === true) throw new MeshError('stale', { field: 'file', expected: 'the file that was chosen last' });
    if (share >= told + STEP || (share === 1 && told < 1)) progress?.((told = share));
  };
}

/** Whether to continue. Another thread is asked at each step, and its answer counts as yes until it arrives. */
export type Progress = (share: number) => boolean | Promise<boolean>;

export function listenerOf(progress: Progress | undefined): Listener {
  if (progress === undefined) return {};
  let stopped = false;
  const ask = async (share: number) => {
    if (!(await progress(share))) stopped = true;
  };
  // A worker that no longer responds cannot object.
  return { stopped: () => stopped, progress: (share) => void ask(share).catch(() => {}) };
}
