/** The model of a practice, to try on the same page. It stays as it is under its reader; a newer one is a button away. */
import { createEffect, createSignal, on, onMount, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest';
import { t } from '../../i18n/t.ts';
import type { Practice } from '../../state/practice.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { count } from '../../ui/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { TryModel, type ModelFile } from '../try/try-model.tsx';

export interface TryPracticeProps {
  readonly practice: Practice;
  readonly founded: { readonly federation: Hash; readonly body: ManifestBody };
  /** The newest round that there is a model of. */
  readonly round: number;
}

export function TryPractice(props: TryPracticeProps): JSX.Element {
  const [model, setModel] = createSignal<ModelFile | null>(null);
  const [opened, setOpened] = createSignal(0);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  let heading!: HTMLHeadingElement;
  const load = async () => {
    const answer = await props.practice.download().catch(failed);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) setModel(answer.value);
  };
  onMount(() => {
    heading.focus({ preventScroll: true });
    heading.scrollIntoView();
  });
  createEffect(
    on(
      () => props.founded.federation,
      () => void load(),
    ),
  );
  return (
    <section class="practice-try" aria-labelledby="practice-try">
      <h2 id="practice-try" tabindex="-1" ref={heading}>
        {t('practice.try.title')}
      </h2>
      <Show when={props.practice.state() === 'running' && model() !== null && props.round > opened()}>
        <button type="button" class="button" onClick={() => void load()}>
          {t('practice.try.newer', { round: count(props.round) })}
        </button>
      </Show>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void load()} />}</Show>
      <Show when={model()}>
        {(file) => (
          <TryModel
            federation={props.founded.federation}
            manifest={props.founded.body}
            model={file()}
            practice={true}
            onOpened={setOpened}
          />
        )}
      </Show>
    </section>
  );
}
