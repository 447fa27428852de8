/** Predictions for a whole file or many pictures, made on this device: a CSV to download, with a preview of its first lines. */
import { createEffect, createSignal, createUniqueId, For, on, Show, type JSX } from 'solid-js';
import { classesOf, numberAnswerOf, pictureOf, type Task } from '#protocol/manifest/task';
import type { BatchPredictions } from '#workers/lab/api';
import { plural, t } from '../../i18n/t.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { FileField, TABLE_FILES } from '../../ui/file-field.tsx';
import { accuracy, count, quantity } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { saveFile } from '../../ui/save-file.ts';
import type { OpenedModel } from './try-input.tsx';
import { ends } from './number-answer.tsx';

const LINES_SHOWN = 5;

export interface TryFileProps {
  readonly task: Task;
  readonly opened: OpenedModel;
  readonly onTried: () => void;
}

export function TryFile(props: TryFileProps): JSX.Element {
  const [reading, setReading] = createSignal<string | null>(null);
  const [found, setFound] = createSignal<BatchPredictions | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  createEffect(
    on(
      () => props.opened,
      () => setFound(null),
      { defer: true },
    ),
  );
  const predict = async (name: string, ask: () => ReturnType<typeof props.opened.lab.predictFile>) => {
    const of = props.opened;
    props.onTried();
    setReading(name);
    setFound(null);
    setProblem(null);
    const answer = await ask().catch(failed);
    setReading(null);
    if (of !== props.opened) return; // another model's predictions
    setProblem(answer.ok ? null : answer.error);
    setFound(answer.ok ? answer.value : null);
  };
  const table = ([file]: readonly File[]) => void predict(file!.name, () => props.opened.lab.predictFile(file!));
  const pictures = (files: readonly File[]) => void predict(files[0]!.name, () => props.opened.lab.predictPictures(files));
  const recordings = (files: readonly File[]) => void predict(files[0]!.name, () => props.opened.lab.predictRecordings(files));
  const sequence = () => props.task.kind === 'sequence';
  return (
    <details class="try-file" open={sequence()}>
      <summary>{t('try.file')}</summary>
      <div class="try-file-body">
        <Show when={props.task.kind === 'table'}>
          <p>{t('try.file.table')}</p>
          <FileField
            label={t('try.file.choose')}
            drop={t('try.file.drop')}
            accept={TABLE_FILES}
            multiple={false}
            busy={reading() !== null}
            onFiles={table}
          />
        </Show>
        <Show when={pictureOf(props.task) !== null}>
          <p>{t('try.file.pictures')}</p>
          <FileField
            label={t('try.file.choosePictures')}
            drop={t('try.file.drop')}
            accept="image/*"
            multiple={true}
            busy={reading() !== null}
            onFiles={pictures}
          />
        </Show>
        <Show when={sequence()}>
          <p>{t('sequence.try.file')}</p>
          <FileField
            label={t('sequence.try.choose')}
            drop={t('try.file.drop')}
            accept={TABLE_FILES}
            multiple={true}
            busy={reading() !== null}
            onFiles={recordings}
          />
        </Show>
        <div role="status">
          <Show when={reading()}>{(name) => <p class="quiet">{t('try.file.reading', { name: name() })}</p>}</Show>
          <Show when={found()}>{(result) => <Counts found={result()} stem={sequence() ? 'sequence.try' : 'try.file'} />}</Show>
        </div>
        <Show when={found()}>{(result) => <Found found={result()} task={props.task} />}</Show>
        <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      </div>
    </details>
  );
}

function Counts(props: { readonly found: BatchPredictions; readonly stem: 'sequence.try' | 'try.file' }): JSX.Element {
  return (
    <p>
      {plural(`${props.stem}.done`, props.found.rows)}{' '}
      <Show when={props.found.leftOut > 0}>{plural(`${props.stem}.leftOut`, props.found.leftOut)}</Show>
    </p>
  );
}

const rangeText = (interval: Parameters<typeof ends>[0] | null) => (interval === null ? '–' : t('try.number.ends', ends(interval)));

function Found(props: { readonly found: BatchPredictions; readonly task: Task }): JSX.Element {
  const id = createUniqueId();
  const named = () => props.task.kind === 'sequence';
  const numeric = () => numberAnswerOf(props.task) !== null;
  return (
    <>
      <div class="scroll-box" tabindex="0" role="region" aria-labelledby={id}>
        <table>
          <caption id={id}>{t('try.file.first')}</caption>
          <thead>
            <tr>
              <th scope="col">{named() ? t('sequence.try.recording') : t('try.file.row')}</th>
              <th scope="col">{t('try.file.answer')}</th>
              <th scope="col">{t(numeric() ? 'try.number.range' : 'try.file.probability')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.found.first.slice(0, LINES_SHOWN)}>
              {({ row, mark, ...found }) => (
                <tr>
                  <th scope="row">{named() ? mark : count(row)}</th>
                  <td>{'value' in found ? quantity(found.value) : classesOf(props.task)[found.best]}</td>
                  <td>{'value' in found ? rangeText(found.interval) : accuracy(found.probability)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
      <button type="button" class="button" onClick={() => saveFile(props.found.name, props.found.csv)}>
        {t('try.file.save')}
      </button>
    </>
  );
}
