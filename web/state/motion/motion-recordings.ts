/**
 * The recordings of one federation as a screen shows them: what this browser keeps, those just made, and the last deleted ones, so that
 * deleting can be undone. The peer's thread stores them; nothing of them leaves the device.
 */
import { createSignal, type Accessor } from 'solid-js';
import type { KeptRecording, Result } from '#workers/api';
import type { PeerCalls } from '../peer.ts';
import { failed, type Shown } from '../problem.ts';

export interface MotionRecordings {
  /** Oldest first; null until the browser has listed them. */
  readonly list: Accessor<readonly KeptRecording[] | null>;
  /** Deleted by the last press; can be restored until the next one. */
  readonly deleted: Accessor<readonly KeptRecording[]>;
  readonly problem: Accessor<Shown | null>;
  add(recording: KeptRecording): Promise<boolean>;
  remove(ids: readonly string[]): Promise<void>;
  undo(): Promise<void>;
}

export type RecordingCalls = Pick<PeerCalls, 'recordings' | 'keepRecording' | 'dropRecording'>;

const byTime = (a: KeptRecording, b: KeptRecording) => a.at - b.at;

export function keptRecordings(calls: RecordingCalls): MotionRecordings {
  const [list, setList] = createSignal<readonly KeptRecording[] | null>(null);
  const [deleted, setDeleted] = createSignal<readonly KeptRecording[]>([]);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const done = async <T>(call: () => Promise<Result<T, Shown>>): Promise<T | undefined> => {
    const answer = await call().catch(failed);
    if (answer.ok) return answer.value;
    setProblem(answer.error);
    return undefined;
  };
  /** @returns true if the browser has it now; either way it is shown while the screen is open */
  const add = async (recording: KeptRecording) => {
    setList([...(list() ?? []).filter(({ id }) => id !== recording.id), recording].toSorted(byTime));
    return (await done(() => calls.keepRecording(recording))) !== undefined;
  };
  void done(() => calls.recordings()).then((found) => {
    const here = list() ?? []; // made while the browser was asked
    const ids = new Set(here.map(({ id }) => id));
    setList([...(found ?? []).filter(({ id }) => !ids.has(id)), ...here].toSorted(byTime));
  });
  return {
    list,
    deleted,
    problem,
    add(recording) {
      setProblem(null);
      return add(recording);
    },
    async remove(ids) {
      setProblem(null);
      const gone = (list() ?? []).filter(({ id }) => ids.includes(id));
      setList((list() ?? []).filter(({ id }) => !ids.includes(id)));
      setDeleted(gone);
      for (const { id } of gone) await done(() => calls.dropRecording(id));
    },
    async undo() {
      setProblem(null);
      const back = deleted();
      setDeleted([]);
      for (const recording of back) await add(recording);
    },
  };
}
