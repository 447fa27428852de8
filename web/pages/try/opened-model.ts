/**
 * Which model a screen's lab has open: the given one, or a file of the person's own in its place. A newer model waits while a file is open
 * or another model is being opened; if either is refused, the open one stays. It draws nothing.
 */
import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { FileClaims } from '#workers/lab/api';
import { useLab, type StartLab } from '../../state/lab.ts';
import type { Result } from '#workers/api';
import { failed, type Shown } from '../../state/problem.ts';
import { fetchTestSet } from '../../state/test-set.ts';
import type { OpenedModel } from './try-input.tsx';

/** A model's file as PeerWorker.download gives it. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Opened extends OpenedModel {
  readonly state: Hash | null;
  /** Number of models up to this one; 0 for a file. */
  readonly models: number;
  /** Null: the given model. */
  readonly file: { readonly name: string; readonly claims: FileClaims } | null;
}

export interface GivenModel {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  readonly model: ModelFile | null;
  readonly onOpened?: (round: number) => void;
  readonly onFile?: (open: boolean) => void;
}

export interface OpenModels {
  readonly opened: Accessor<Opened | null>;
  /** Why the given model did not open, and why the last chosen file did not. */
  readonly problem: Accessor<Shown | null>;
  readonly fileProblem: Accessor<Shown | null>;
  /** The name of the file that is being opened. */
  readonly opening: Accessor<string | null>;
  openFile(chosen: File): Promise<void>;
  /** Returns from a file to the given model. */
  back(): void;
  retry(): void;
}

/** For probabilities and typical values; optional, if neither the relay nor this browser has it. */
async function testSetOf({ testSet }: ManifestBody): Promise<Uint8Array | null> {
  const outcome = testSet === null ? null : await fetchTestSet(testSet);
  return outcome?.ok === true ? outcome.value : null;
}

async function openGiven(
  startLab: StartLab,
  federation: Hash,
  manifest: ManifestBody,
  model: ModelFile | null,
): Promise<Result<Opened & { readonly round: number }, Shown>> {
  const lab = await startLab();
  if (!lab.ok) return lab;
  const answer = await lab.value.open(federation, manifest, model?.bytes ?? null, await testSetOf(manifest));
  return answer.ok ? { ok: true, value: { ...answer.value, file: null, lab: lab.value } } : answer;
}

/**
 * Runs the work one at a time; requests during a run cause a single further run.
 * @param wanted whether a further run is still needed
 */
function oneAtATime(work: () => Promise<void>, wanted: () => boolean): () => Promise<void> {
  let [busy, again] = [false, false];
  return async () => {
    again = busy;
    if (busy) return;
    busy = true;
    do {
      again = false;
      await work();
    } while (again && wanted());
    busy = false;
  };
}

/** @param judgedAnew called when another model is open: earlier scores are outdated */
export function openModels(props: GivenModel, judgedAnew: () => void): OpenModels {
  const startLab = useLab();
  const [opened, setOpened] = createSignal<Opened | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [attempt, setAttempt] = createSignal(0);
  const [opening, setOpening] = createSignal<string | null>(null);
  const [fileProblem, setFileProblem] = createSignal<Shown | null>(null);
  /** Counts files and models of other federations, to discard earlier requests. */
  let wanted = 0;
  /** A file is open in place of the model: newer models wait. */
  let held = false;
  /** The given model that was opened last. */
  let settled: ModelFile | null | undefined;
  const openFile = async (chosen: File) => {
    const mine = ++wanted;
    setOpening(chosen.name);
    setFileProblem(null);
    const lab = await startLab();
    const { federation, manifest } = props;
    const testSet = lab.ok ? await testSetOf(manifest) : null;
    const answer = lab.ok ? await lab.value.openFile(federation, manifest, chosen, testSet).catch(failed) : lab;
    if (mine !== wanted) return;
    setOpening(null);
    setFileProblem(answer.ok ? null : answer.error);
    if (!answer.ok || !lab.ok) {
      // The open model stays, unless a newer one came meanwhile.
      if (!held && settled !== props.model) setAttempt((n) => n + 1);
      return;
    }
    held = true;
    judgedAnew();
    setProblem(null);
    const { typical, ...claims } = answer.value;
    setOpened({ lab: lab.value, round: null, models: 0, state: null, typical, file: { name: chosen.name, claims } });
    props.onFile?.(true);
  };
  const back = () => {
    held = false;
    setFileProblem(null);
    props.onFile?.(false);
    setAttempt((n) => n + 1);
  };
  const openNewest = async () => {
    const { federation, manifest, model } = props;
    const mine = wanted;
    const outcome = await openGiven(startLab, federation, manifest, model).catch(failed);
    if (mine !== wanted) return;
    settled = model;
    setProblem(outcome.ok ? null : outcome.error);
    if (!outcome.ok) return;
    judgedAnew();
    setOpened(outcome.value);
    props.onOpened?.(outcome.value.round);
  };
  /** Shows every opened model: if models come faster than the lab opens them, waiting for the newest would show none. */
  const follow = oneAtATime(openNewest, () => !held && opening() === null);
  createEffect(
    on([() => props.federation, () => props.model, attempt], ([federation], before) => {
      if (before?.[0] !== federation) {
        wanted++;
        held = false;
        setOpening(null);
        judgedAnew();
        setOpened(null);
      } else if (held || opening() !== null) return;
      setProblem(null);
      void follow();
    }),
  );
  onCleanup(() => {
    wanted++;
    held = true;
  });
  return { opened, problem, fileProblem, opening, openFile, back, retry: () => setAttempt((n) => n + 1) };
}
