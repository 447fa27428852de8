/** One input for the model, depending on the task: a row to fill in, or a drawing field and pictures; with the answer beside it. */
import { createEffect, createSignal, on, Show, type JSX } from 'solid-js';
import { classLabelOf, pictureOf, type ImageTask, type Task } from '#protocol/manifest/task';
import type { Prediction, TryInput as Input } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import type { LabCalls } from '../../state/lab.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { FileField } from '../../ui/file-field.tsx';
import { DrawPad } from '../../ui/draw/draw-pad.tsx';
import { PixelView } from '../../ui/draw/pixel-view.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Answer } from './answer.tsx';
import { RowForm } from './row-form.tsx';

export interface OpenedModel {
  readonly lab: LabCalls;
  /** 0: the model that everybody starts from; null: a file of the person's own. */
  readonly round: number | null;
  /** The initial row, by column name; empty for tasks without columns. */
  readonly typical: Readonly<Record<string, string>>;
}

export interface TryInputProps {
  readonly task: Task;
  readonly opened: OpenedModel;
  /** Called when this model is queried. */
  readonly onTried?: () => void;
  /** Only the drawing field or the row, no files. */
  readonly brief?: boolean;
}

export function TryInput(props: TryInputProps): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [prediction, setPrediction] = createSignal<Prediction | null>(null);
  const [fromFile, setFromFile] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  /** The last input: answers to earlier ones are discarded. */
  let asked = 0;
  let last: Input | null = null;
  const clear = () => {
    asked++;
    last = null;
    setBusy(false);
    setPrediction(null);
    setProblem(null);
  };
  const predict = async (input: Input) => {
    const mine = ++asked;
    last = input;
    props.onTried?.();
    setBusy(true);
    const answer = await props.opened.lab.predict(input).catch(failed);
    if (mine !== asked) return;
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
    setPrediction(answer.ok ? answer.value : null);
    setFromFile('picture' in input);
  };
  const ask = (cells: Readonly<Record<string, string>>) => void predict({ cells });
  // Queries the new model with the same input, so that no earlier model's answer is shown under its name.
  createEffect(
    on(
      () => props.opened,
      () => last !== null && void predict(last),
      { defer: true },
    ),
  );

  const table = () => (props.task.kind === 'table' && props.task.picture === null ? props.task : null);
  const picture = () => pictureOf(props.task);
  const background = (): ImageTask['background'] => (props.task.kind === 'image' ? props.task.background : 'dark');
  /** A problem of one column is shown at its field, any other beside the answer. */
  const wrong = () => {
    const detail = problem()?.detail ?? null;
    return detail !== null && table()?.columns.some(({ name }) => name === detail.field) === true ? detail : null;
  };
  return (
    <div class="try-it">
      <div class="try-input">
        <Show when={table()}>
          {(task) => <RowForm task={task()} start={props.opened.typical} busy={busy()} wrong={wrong()} onPredict={ask} />}
        </Show>
        <Show when={picture()}>
          {(size) => (
            <>
              <DrawPad
                {...size()}
                background={background()}
                label={t('try.draw')}
                onChange={(drawing) => (drawing === null ? clear() : void predict({ drawing }))}
              />
              <Show when={props.brief !== true}>
                <PictureFile busy={busy()} onFile={(file) => void predict({ picture: file })} />
              </Show>
            </>
          )}
        </Show>
      </div>
      <div class="try-answer">
        <Answer
          label={classLabelOf(props.task)}
          prediction={prediction()}
          busy={busy()}
          untrained={props.opened.round === 0}
          brief={props.brief === true}
        />
        <Show when={fromFile() ? prediction()?.seen : null}>
          {(seen) => <PixelView {...picture()!} pixels={seen()} label={t('try.picture.seen')} />}
        </Show>
        <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      </div>
    </div>
  );
}

function PictureFile(props: { readonly busy: boolean; readonly onFile: (file: File) => void }): JSX.Element {
  return (
    <FileField
      label={t('try.picture')}
      drop={t('try.picture.drop')}
      accept="image/*"
      multiple={false}
      busy={props.busy}
      onFiles={([file]) => props.onFile(file!)}
    />
  );
}
