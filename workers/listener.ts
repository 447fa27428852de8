/** A listener to the reading of a file: it hears the progress and may cancel. */
import { MeshError } from '#protocol/errors';

/** Told in such steps, in parts of the file. */
const STEP = 0.01;

export interface Listener {
  /** Part of the file that is read, 0 to 1. */
  progress?(share: number): void;
  /** Polled: whether nobody waits any more. */
  stopped?(): boolean;
}

/** @returns what is called with each piece's share, and throws MeshError stale once nobody waits */
export function telling({ progress, stopped }: Listener): (share: number) => void {
  let told = 0;
  return (share) => {
    if (stopped?.() === true) throw new MeshError('stale', { field: 'file', expected: 'the file that was chosen last' });
    if (share >= told + STEP || (share === 1 && told < 1)) progress?.((told = share));
  };
}

/** Whether to continue, asked of another thread at each step: until it answers, yes. */
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
