/** A row of a table to fill in, one field per column, starting with typical values. The lab checks and encodes it. */
import { createUniqueId, For, Show, type JSX } from 'solid-js';
import type { ErrorDetail } from '#protocol/errors';
import type { TableColumn, TableTask } from '#protocol/manifest/task';
import { plural, t } from '../../i18n/t.ts';
import { quantity } from '../../words/format.ts';

/** Number of fields that a person would fill in; later columns keep their initial values. */
const FIELDS_MAX = 60;

type ReadColumn = Exclude<TableColumn, { kind: 'ignored' }>;

export interface RowFormProps {
  readonly task: TableTask;
  /** Typical values by column name. */
  readonly start: Readonly<Record<string, string>>;
  readonly busy: boolean;
  /** The error of one column in the last try. */
  readonly wrong: ErrorDetail | null;
  readonly onPredict: (cells: Readonly<Record<string, string>>) => void;
}

export function RowForm(props: RowFormProps): JSX.Element {
  const columns = () => props.task.columns.filter((column) => column.kind !== 'ignored');
  const hidden = () => columns().length - FIELDS_MAX;
  const cells = new Map(columns().map(({ name }) => [name, props.start[name] ?? '']));
  return (
    <form
      class="row-form"
      onSubmit={(event) => {
        event.preventDefault();
        props.onPredict(Object.fromEntries(cells));
      }}
    >
      <p>{t('try.row.lead')}</p>
      <div class="row-fields">
        <For each={columns().slice(0, FIELDS_MAX)}>
          {(column) => (
            <Field
              column={column}
              start={cells.get(column.name)!}
              wrong={props.wrong?.field === column.name ? props.wrong : null}
              onInput={(value) => cells.set(column.name, value)}
            />
          )}
        </For>
      </div>
      <Show when={hidden() > 0}>
        <p class="quiet">{plural('try.row.more', hidden())}</p>
      </Show>
      <Show when={columns().some((column) => column.kind === 'number')}>
        <p class="quiet">{t('try.row.clamped')}</p>
      </Show>
      <button type="submit" class="button primary" disabled={props.busy}>
        {t('try.row.predict')}
      </button>
    </form>
  );
}

interface FieldProps {
  readonly column: ReadColumn;
  readonly start: string;
  readonly wrong: ErrorDetail | null;
  readonly onInput: (value: string) => void;
}

function Field(props: FieldProps): JSX.Element {
  const id = createUniqueId();
  const fault = () =>
    [t('problem.expected', { expected: props.wrong?.expected ?? '' }), t('problem.got', { got: props.wrong?.got ?? '' })].join(', ');
  return (
    <div class="row-field">
      <label for={id}>{props.column.name}</label>
      {props.column.kind === 'category' ? (
        <select id={id} onChange={(event) => props.onInput(event.currentTarget.value)}>
          <For each={props.column.values}>
            {(value) => (
              <option value={value} selected={value === props.start}>
                {value}
              </option>
            )}
          </For>
          <Show when={props.column.others === true}>
            <option value="" selected={props.start === ''}>
              {t('try.row.unlisted')}
            </option>
          </Show>
        </select>
      ) : (
        <input
          id={id}
          type="text"
          inputmode={props.column.kind === 'number' ? 'decimal' : 'text'}
          autocomplete="off"
          value={props.start}
          aria-invalid={props.wrong !== null}
          aria-describedby={`${id}-hint`}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
      <Show when={props.column.kind === 'category' ? null : props.column}>
        {(column) => (
          <p class="quiet" id={`${id}-hint`} classList={{ wrong: props.wrong !== null }}>
            {props.wrong === null ? hintOf(column()) : fault()}
          </p>
        )}
      </Show>
    </div>
  );
}

function hintOf(column: Exclude<ReadColumn, { kind: 'category' }>): string {
  if (column.kind === 'date') {
    const { from, to, hour } = column;
    if (from === undefined) return t('try.row.hint.time');
    return t(hour ? 'try.row.hint.moment' : 'try.row.hint.date', { from, to: to! });
  }
  const { min, max, missing } = column;
  const range = { min: quantity(min), max: quantity(max) };
  return missing === 'fill' ? t('try.row.hint.fill', range) : t('try.row.hint', range);
}
