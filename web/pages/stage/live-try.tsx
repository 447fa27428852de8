/**
 * Queries the newest model while training goes on. Once somebody has asked, each newer model replaces it and answers the same question
 * again, at most once per second so that the answer can be read.
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
/** A larger model is opened when it is asked for, not every second: 1 MB of parameters. */
const PARAMETERS_MAX = 250_000;

export interface LiveTryProps {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  /** Names the newest model; null while there is none. */
  readonly state: string | null;
  readonly download: () => Promise<Result<ModelFile>>;
  /** Where the model can be asked about files; null in a practice, which has no such page. */
  readonly page: string | null;
  /** Another tab of this browser has the model. */
  readonly mirror?: boolean;
  /** When there is a model that can be asked. */
  readonly onOpened?: () => void;
}

export function LiveTry(props: LiveTryProps): JSX.Element {
  /** Nobody has come to ask before a pointer or the focus was here: newer models then cost a device that trains nothing. */
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
  /** Another one was asked for while one was on its way. */
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
    // A model that is gone again has a newer one behind it, or its maker has stopped.
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

/** Recordings are files: they are asked about where there is room for them. */
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
