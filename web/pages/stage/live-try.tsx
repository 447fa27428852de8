/**
 * Queries the newest model during training. After the first question, each newer model answers the same question again, at most once per
 * second so that the answer can be read.
 */
import { A } from '@solidjs/router';
import { createEffect, createSignal, on, onCleanup, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { pictureOf } from '#protocol/manifest/task';
import type { Result } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { failed, type Shown } from '../../state/problem.ts';
import '../../styles/try.css';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { openModels, type ModelFile } from '../try/opened-model.ts';
import { TryInput } from '../try/try-input.tsx';

const NEWER_MS = 1000;
/** A model above 1 MB of parameters is opened on request, not every second. */
const PARAMETERS_MAX = 250_000;

export interface LiveTryProps {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  /** Identifies the newest model; null while there is none. */
  readonly state: string | null;
  readonly download: () => Promise<Result<ModelFile>>;
  /** The page on which the model can be tried with files; null in a practice. */
  readonly page: string | null;
  /** Another tab of this browser has the model. */
  readonly mirror?: boolean;
  /** Called when a model can be tried. */
  readonly onOpened?: () => void;
}

export function LiveTry(props: LiveTryProps): JSX.Element {
  /** Newer models are not opened until a pointer or the focus has been here, so that training is not slowed. */
  const [near, setNear] = createSignal(false);
  const come = () => setNear(true);
  return (
    <section class="live-try" id="try" aria-label={t('stage.try')} tabindex="-1" onPointerOver={come} onFocusIn={come}>
      <Show
        when={props.state !== null}
        fallback={<p class="quiet">{props.mirror === true ? t('stage.try.mirror') : t('stage.try.wait')}</p>}
      >
        <Show when={networkOf(props.manifest).parameterCount <= PARAMETERS_MAX} fallback={<p class="quiet">{t('stage.try.large')}</p>}>
          <Opened {...props} near={near()} />
        </Show>
      </Show>
    </section>
  );
}

function Opened(props: LiveTryProps & { readonly near: boolean }): JSX.Element {
  const [model, setModel] = createSignal<ModelFile | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [gone, setGone] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  let ended = false;
  /** A further model was requested while one was loading. */
  let [busy, again] = [false, false];
  const load = async () => {
    again = busy;
    if (busy) return;
    busy = true;
    last = performance.now();
    const answer = await props.download().catch(failed);
    busy = false;
    if (again) soon();
    if (answer.ok) setModel(answer.value);
    // If this model is gone, a newer one follows or the training has stopped.
    setGone(!answer.ok && answer.error.code === 'not-found');
    setProblem(answer.ok || answer.error.code === 'not-found' ? null : answer.error);
  };
  const soon = () => {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(() => void load(), Math.max(0, last + NEWER_MS - performance.now()));
  };
  createEffect(on([() => props.state, () => props.near], () => (model() === null || props.near) && soon()));
  onCleanup(() => {
    ended = true;
    clearTimeout(timer);
  });
  return (
    <>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void load()} />}</Show>
      <Show when={model()} fallback={<Opening waiting={problem() === null && !gone()} />}>
        {(file) => <Asked {...props} model={file()} />}
      </Show>
    </>
  );
}

/** Recordings are files, which are tried on another page. */
function Elsewhere(props: { readonly page: string | null }): JSX.Element {
  return (
    <p>
      <Show when={props.page} fallback={t('stage.try.recordings.none')}>
        {(path) => <A href={path()}>{t('stage.try.recordings')}</A>}
      </Show>
    </p>
  );
}

function Opening(props: { readonly waiting: boolean }): JSX.Element {
  return (
    <p class="quiet" role="status">
      {props.waiting ? t('stage.try.opening') : ''}
    </p>
  );
}

function Asked(props: LiveTryProps & { readonly model: ModelFile }): JSX.Element {
  const models = openModels(props, () => {});
  return (
    <>
      <Show when={models.problem()}>{(shown) => <ProblemNotice problem={shown()} retry={models.retry} />}</Show>
      <Show when={models.opened()} fallback={<Opening waiting={models.problem() === null} />}>
        {(opened) => (
          <Show when={props.manifest.task.kind !== 'sequence'} fallback={<Elsewhere page={props.page} />}>
            <h2 class="live-try-what">{pictureOf(props.manifest.task) !== null ? t('stage.try.draw') : t('stage.try.row')}</h2>
            <TryInput task={props.manifest.task} opened={opened()} brief={true} />
          </Show>
        )}
      </Show>
    </>
  );
}
