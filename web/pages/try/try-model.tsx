/**
 * A model to try, judge and download: the federation's, a file of the person's own, or a practice's. Everything runs in this screen's lab;
 * only the public test set is ever fetched, and nothing is sent.
 */
import { createSignal, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { t } from '../../i18n/t.ts';
import { failed, type Shown } from '../../state/problem.ts';
import '../../styles/try.css';
import { count, short } from '../../words/format.ts';
import { Pending } from '../../ui/pending.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { OpenedFile, OtherModel } from './other-model.tsx';
import { openModels, type ModelFile, type Opened } from './opened-model.ts';
import { OwnCheckPanel } from './own-check.tsx';
import { ScoresPanel, type AnyScores } from './scores-panel.tsx';
import { TryFile } from './try-file.tsx';
import { TryInput } from './try-input.tsx';
import { WorthPanel } from './worth-panel.tsx';

export type { ModelFile } from './opened-model.ts';

export interface TryModelProps {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  /** Null: the model that everybody starts from. */
  readonly model: ModelFile | null;
  /** The founder has ended the project: no model follows. */
  readonly ended?: boolean;
  /** Practice: made-up rows. There are no rows of this device to compare with. */
  readonly practice?: boolean;
  /** Called when the given model is queried, not a file. */
  readonly onTried?: () => void;
  readonly onOpened?: (round: number) => void;
  /** A file of the person's own replaces the model, or is closed. */
  readonly onFile?: (open: boolean) => void;
}

export function TryModel(props: TryModelProps): JSX.Element {
  const [scores, setScores] = createSignal<AnyScores | null>(null);
  const models = openModels(props, () => setScores(null));
  const tried = () => {
    if (models.opened()?.file === null) props.onTried?.();
  };
  /** Not even a model to come: only a file of one's own can be tried. */
  const isBare = ({ file, models: made }: Opened) => props.ended === true && file === null && made === 0;
  return (
    <div class="try-model">
      <Show when={models.problem()}>{(shown) => <ProblemNotice problem={shown()} retry={models.retry} />}</Show>
      <Show when={models.opened()} fallback={<Opening waiting={models.problem() === null} />}>
        {(model) => (
          <>
            <Show when={model().file} fallback={<Summary {...props} opened={model()} />}>
              {(own) => <OpenedFile {...own()} onBack={models.back} />}
            </Show>
            <Show when={props.practice !== true}>
              <OtherModel
                manifest={props.manifest}
                opening={models.opening()}
                problem={models.fileProblem()}
                onFile={(chosen) => void models.openFile(chosen)}
              />
            </Show>
            <Show when={!isBare(model())}>
              <section class="try-part" aria-labelledby="try-it">
                <h2 id="try-it">{t('try.it')}</h2>
                <Show when={props.manifest.task.kind !== 'sequence'} fallback={<p>{t('sequence.try')}</p>}>
                  <TryInput task={props.manifest.task} opened={model()} onTried={tried} />
                </Show>
                <TryFile task={props.manifest.task} opened={model()} onTried={tried} />
              </section>
              <ScoresPanel manifest={props.manifest} opened={model()} onScores={setScores} />
              <Show when={props.practice !== true && model().file === null}>
                <WorthPanel federation={props.federation} manifest={props.manifest} opened={model()} onTried={tried} />
              </Show>
              <Show when={props.practice === true ? null : models.opened()} keyed>
                {(judged) => (
                  <OwnCheckPanel
                    task={props.manifest.task}
                    file={judged.file !== null}
                    check={(column) => {
                      tried();
                      return judged.lab.check(column);
                    }}
                  />
                )}
              </Show>
              <Show when={model().file === null}>
                <TakeAlong opened={model()} model={props.model} scores={scores()} />
              </Show>
            </Show>
          </>
        )}
      </Show>
    </div>
  );
}

function Opening(props: { readonly waiting: boolean }): JSX.Element {
  return (
    <Show when={props.waiting}>
      <Pending>{t('try.opening')}</Pending>
    </Show>
  );
}

function Summary(props: Pick<TryModelProps, 'manifest' | 'practice' | 'ended'> & { readonly opened: Opened }): JSX.Element {
  /** Rounds without a result count too, so the number of models may be smaller. */
  const said = () => {
    const { round, models } = props.opened;
    if (round === null || models === 0) return props.ended === true ? t('activity.ended.none') : t('try.model.first');
    return t('try.model', { models: count(models), round: count(round), rounds: count(props.manifest.privacy.rounds) });
  };
  return (
    <div class="try-summary">
      <p class="strong">{said()}</p>
      <Show when={props.opened.round === 0 && props.practice !== true && props.ended !== true}>
        <p>{t('try.model.first.away')}</p>
      </Show>
      <Show when={props.practice}>
        <p>{t('try.practice')}</p>
      </Show>
    </div>
  );
}

function TakeAlong(props: { readonly opened: Opened; readonly model: ModelFile | null; readonly scores: AnyScores | null }): JSX.Element {
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const card = async () => {
    const answer = await props.opened.lab.card(props.scores).catch(failed);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) saveFile(answer.value.name, new Blob([answer.value.text], { type: 'text/markdown' }));
  };
  return (
    <section class="try-part" aria-labelledby="try-take">
      <h2 id="try-take">{t('try.take')}</h2>
      <p>{t('try.take.text')}</p>
      <Show when={props.opened.state}>
        {(state) => (
          <p class="quiet" title={state()}>
            {t('try.model.state', { hash: short(state()) })}
          </p>
        )}
      </Show>
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
