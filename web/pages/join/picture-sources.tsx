/** Ways to add pictures: the main way for picture tasks, an alternative to a file for tables of pixels. */
import { Show, type JSX } from 'solid-js';
import type { PageSource } from '#workers/api';
import { classLabelOf, pictureOf, type Task } from '#protocol/manifest/task';
import { t } from '../../i18n/t.ts';
import { count } from '../../words/format.ts';
import type { Field } from '../../ui/draw/ink.ts';
import { DrawingsField } from './drawings-field.tsx';
import { PicturesField } from './pictures-field.tsx';

export interface PictureSourcesProps {
  readonly task: Task;
  readonly rowsMax: number;
  readonly invalid: boolean;
  readonly busy: boolean;
  readonly onSource: (source: PageSource) => void;
}

export function PictureSources(props: PictureSourcesProps): JSX.Element {
  return <Show when={fieldOf(props.task)}>{(field) => <Sources {...props} field={field()} />}</Show>;
}

/** A table of pixels counts ink, so its drawings are light on dark. */
function fieldOf(task: Task): Field | null {
  const picture = pictureOf(task);
  if (picture === null) return null;
  return { ...picture, background: task.kind === 'image' ? task.background : 'dark' };
}

function Sources(props: PictureSourcesProps & { readonly field: Field }): JSX.Element {
  const pictures = () => (
    <PicturesField
      label={classLabelOf(props.task)}
      invalid={props.invalid}
      busy={props.busy}
      onPictures={(files) => props.onSource({ pictures: files })}
    />
  );
  return (
    <>
      <Show
        when={props.task.kind === 'image'}
        fallback={
          <details class="more-data">
            <summary>{t('images.instead')}</summary>
            {pictures()}
          </details>
        }
      >
        {pictures()}
      </Show>
      <details class="more-data">
        <summary>{t('images.draw')}</summary>
        <DrawingsField
          field={props.field}
          label={classLabelOf(props.task)}
          rowsMax={props.rowsMax}
          busy={props.busy}
          onDrawings={(drawings) => props.onSource({ drawings })}
        />
      </details>
    </>
  );
}

/** What an image task reads, in words. */
export function pictureLines(task: Extract<Task, { kind: 'image' }>): readonly string[] {
  const size = { width: count(task.width), height: count(task.height) };
  return [
    t(task.colour === 'rgb' ? 'images.reads.rgb' : 'images.reads.grey', size),
    t(`images.background.${task.background}`),
    t('data.columns.label', { name: task.label.name, values: task.label.classes.join(', ') }),
  ];
}

/** What is being read, in a few words. */
export function pictureSourceName(source: PageSource): string | null {
  if ('pictures' in source) return t('images.reading.pictures', { n: count(source.pictures.length) });
  return 'drawings' in source ? t('images.reading.drawings') : null;
}
