/**
 * A practice as a screen sees it: who takes part and how far they are, the model, and the end. It restarts when the number of participants
 * changes, and never outlives its screen. practice-run.ts has its threads.
 */
import { createSignal, onCleanup, type Accessor } from 'solid-js';
import type { Manifest } from '#protocol/manifest/manifest';
import type { Snapshot } from '#workers/api';
import { failed, type Shown } from '../problem.ts';
import type { ModelAnswer, PracticeRun } from './practice-run.ts';

/** Practice participants beside the newcomer's own. */
export const COMPANY = [1, 2, 3, 4] as const;
export const COMPANY_AT_FIRST = 2;

export type PracticeState = 'idle' | 'starting' | 'running' | 'stopped';

export type Founded = Pick<PracticeRun, 'federation' | 'body' | 'seat' | 'members'>;

export interface Practice {
  readonly state: Accessor<PracticeState>;
  readonly problem: Accessor<Shown | null>;
  /** By participant, the newcomer's own first; null until its first snapshot. They stay when the practice is stopped. */
  readonly snapshots: Accessor<readonly (Snapshot | null)[]>;
  /** Of each participant, accuracy of the best model of its own rows alone, without privacy; null until it is known, or for good. */
  readonly alone: Accessor<readonly (number | null)[]>;
  readonly founded: Accessor<Founded | null>;
  start(like: Manifest, company: number): void;
  stop(): void;
  download(): Promise<ModelAnswer>;
}

/** The practice of the screen that calls this. */
export function usePractice(): Practice {
  const [state, setState] = createSignal<PracticeState>('idle');
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [snapshots, setSnapshots] = createSignal<readonly (Snapshot | null)[]>([]);
  const [alone, setAlone] = createSignal<readonly (number | null)[]>([]);
  const [founded, setFounded] = createSignal<Founded | null>(null);
  let current: { readonly end: AbortController; download: (() => Promise<ModelAnswer>) | null } | null = null;

  const end = (after: PracticeState) => {
    current?.end.abort();
    current = null;
    setState(after);
  };
  const start = (like: Manifest, company: number) => {
    end('starting');
    const mine: NonNullable<typeof current> = { end: new AbortController(), download: null };
    current = mine;
    setProblem(null);
    setFounded(null);
    setSnapshots(Array.from({ length: company + 1 }, () => null));
    setAlone(Array.from({ length: company + 1 }, () => null));
    const fail = (shown: Shown) => {
      if (current !== mine) return;
      setProblem(shown);
      end('stopped');
    };
    const events = {
      snapshot: (participant: number, snapshot: Snapshot) => {
        if (current === mine) setSnapshots((all) => all.with(participant, snapshot));
      },
      alone: (participant: number, accuracy: number | null) => {
        if (current === mine) setAlone((all) => all.with(participant, accuracy));
      },
      failed: fail,
    };
    void import('./practice-run.ts')
      .then(({ runPractice }) => runPractice(like, company, events, mine.end.signal))
      .catch(failed)
      .then((outcome) => {
        if (current !== mine) return;
        if (!outcome.ok) return fail(outcome.error);
        mine.download = () => outcome.value.download();
        setFounded(outcome.value);
        setState('running');
      });
  };
  onCleanup(() => end('idle'));
  return {
    state,
    problem,
    snapshots,
    alone,
    founded,
    start,
    stop: () => end('stopped'),
    download: async () => current?.download?.() ?? { ok: false, error: { code: 'not-found', detail: { field: 'model' } } },
  };
}
