/**
 * A model to try, judge and take along, wherever it comes from: the federation's own page, or practice. Everything runs in this
 * screen's lab; only the public test set is ever fetched, and nothing is sent.
 */
import { createEffect, createSignal, on, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest';
import type { Scores } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import { useLab, type LabCalls } from '../../state/lab.ts';
import { failed, type Shown } from '../../state/problem.ts';
import '../../styles/try.css';
import { count, short } from '../../ui/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { OwnCheckPanel } from './own-check.tsx';
import { ScoresPanel } from './scores-panel.tsx';
import { TryFile } from './try-file.tsx';
import { TryInput, type OpenedModel } from './try-input.tsx';
import { WorthPanel } from './worth-panel.tsx';

/** A model's file as PeerWorker.download gives it. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface TryModelProps {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  /** Null: the model that everybody starts from. */
  readonly model: ModelFile | null;
  /** Practice: made-up rows. Nothing is compared with this device's own rows, since it brought none. */
  readonly practice?: boolean;
  /** When something is asked of a model. */
  readonly onTried?: () => void;
  readonly onOpened?: (round: number) => void;
}

interface Opened extends OpenedModel {
  readonly state: Hash | null;
}

export function TryModel(props: TryModelProps): JSX.Element {
  const startLab = useLab();
  const [opened, setOpened] = createSignal<Opened | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [attempt, setAttempt] = createSignal(0);
  const [scores, setScores] = createSignal<Scores | null>(null);
  let wanted = 0;
  const open = async (federation: Hash, manifest: ManifestBody, model: ModelFile | null) => {
    const lab = await startLab();
    if (!lab.ok) return lab;
    const answer = await lab.value.open(federation, manifest, model?.bytes ?? null);
    return answer.ok ? { ok: true as const, value: { ...answer.value, lab: lab.value } } : answer;
  };
  createEffect(
    on([() => props.federation, () => props.model, attempt], ([federation, model]) => {
      const mine = ++wanted;
      setProblem(null);
      void open(federation, props.manifest, model)
        .catch(failed)
        .then((outcome) => {
          if (mine !== wanted) return;
          setScores(null);
          setProblem(outcome.ok ? null : outcome.error);
          setOpened(outcome.ok ? outcome.value : null);
          if (outcome.ok) props.onOpened?.(outcome.value.round);
        });
    }),
  );
  return (
    <div class="try-model">
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => setAttempt((n) => n + 1)} />}</Show>
      <Show when={opened()} fallback={<Opening waiting={problem() === null} />}>
        {(model) => (
          <>
            <Summary opened={model()} manifest={props.manifest} practice={props.practice === true} />
            <section class="try-part" aria-labelledby="try-it">
              <h2 id="try-it">{t('try.it')}</h2>
              <Show when={props.manifest.task.kind !== 'sequence'} fallback={<p>{t('sequence.try')}</p>}>
                <TryInput task={props.manifest.task} opened={model()} onTried={() => props.onTried?.()} />
              </Show>
              <TryFile task={props.manifest.task} opened={model()} onTried={() => props.onTried?.()} />
            </section>
            <ScoresPanel manifest={props.manifest} opened={model()} onScores={setScores} />
            <Show when={props.practice !== true}>
              <WorthPanel federation={props.federation} manifest={props.manifest} opened={model()} onTried={() => props.onTried?.()} />
              <OwnCheckPanel
                task={props.manifest.task}
                check={(column) => {
                  props.onTried?.();
                  return model().lab.check(column);
                }}
              />
            </Show>
            <TakeAlong lab={model().lab} model={props.model} scores={scores()} />
          </>
        )}
      </Show>
    </div>
  );
}

function Opening(props: { readonly waiting: boolean }): JSX.Element {
  return (
    <Show when={props.waiting}>
      <p class="quiet" role="status">
        {t('try.opening')}
      </p>
    </Show>
  );
}

function Summary(props: { readonly opened: Opened; readonly manifest: ManifestBody; readonly practice: boolean }): JSX.Element {
  const rounds = () => ({ round: count(props.opened.round), rounds: count(props.manifest.privacy.rounds) });
  return (
    <div class="try-summary">
      <p class="strong">{props.opened.round === 0 ? t('try.model.first') : t('try.model', rounds())}</p>
      <Show when={props.opened.round === 0 && !props.practice}>
        <p>{t('try.model.first.away')}</p>
      </Show>
      <Show when={props.practice}>
        <p>{t('try.practice')}</p>
      </Show>
      <Show when={props.opened.state}>
        {(state) => (
          <p class="quiet" title={state()}>
            {t('try.model.state', { hash: short(state()) })}
          </p>
        )}
      </Show>
    </div>
  );
}

function TakeAlong(props: { readonly lab: LabCalls; readonly model: ModelFile | null; readonly scores: Scores | null }): JSX.Element {
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const card = async () => {
    const answer = await props.lab.card(props.scores).catch(failed);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) saveFile(answer.value.name, new Blob([answer.value.text], { type: 'text/markdown' }));
  };
  return (
    <section class="try-part" aria-labelledby="try-take">
      <h2 id="try-take">{t('try.take')}</h2>
      <p>{t('try.take.text')}</p>
      <div class="actions">
        <Show when={props.model}>
          {(model) => (
            <button type="button" class="button" onClick={() => saveFile(model().name, new Blob([model().bytes]))}>
              {t('try.take.model')}
            </button>
          )}
        </Show>
        <button type="button" class="button" onClick={() => void card()}>
          {t('try.take.card')}
        </button>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}
