/** One column: the proposal and its reason in a line; once opened, all of it can be changed. */
import { createEffect, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import type { TableColumn } from '#protocol/manifest/task';
import type { ColumnGuess } from '#workers/founding/api';
import { plural, t } from '../../i18n/t.ts';
import { draftIndex, type AnswerForm, type ColumnForm } from '../../state/founding/founding-form.ts';
import { linesOf, numberOf } from '../../state/typed-text.ts';
import { count } from '../../words/format.ts';
import { columnEdits, DateFields, GapsField, NumberFields, ValueFields, type ColumnFieldsProps } from './column-fields.tsx';
import { SelectField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';

const KINDS = ['number', 'category', 'date', 'ignored'] as const satisfies readonly TableColumn['kind'][];

const LOSSES = ['huber', 'squared'] as const;

export interface ColumnCardProps {
  readonly founder: Founder;
  readonly column: ColumnForm;
  readonly place: number;
}

export function ColumnCard(props: ColumnCardProps): JSX.Element {
  const [open, setOpen] = createSignal(false);
  const answer = () => props.place === props.founder.form.label;
  const path = () => (answer() ? 'task.label' : `task.columns.${draftIndex(props.founder.form.label, props.place)}`);
  const wrong = () => props.founder.wrong().some(({ field }) => field.startsWith(`${path()}.`));
  // A problem inside must be visible.
  createEffect(() => {
    if (wrong()) setOpen(true);
  });
  return (
    <li>
      <details class="column" open={open()} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="column-name">{props.column.name || t('create.columns.nameless')}</span>
          <span class="quiet"> {summaryOf(props.column, answer() ? props.founder.form.answer : null)}</span>
          <Show when={answer()}>
            <span class="tag">{t('create.columns.answer')}</span>
          </Show>
          <Show when={wrong()}>
            <span class="field-error">
              {' '}
              <span aria-hidden="true">▲</span> {t('create.columns.wrong')}
            </span>
          </Show>
        </summary>
        <Show when={open()}>
          <ColumnFields {...props} path={path()} answer={answer()} />
        </Show>
      </details>
    </li>
  );
}

function summaryOf(column: ColumnForm, answer: AnswerForm | null): string {
  const values = linesOf(column.values).length;
  if (answer === 'classes') return plural('create.columns.sum.answer', values);
  if (answer === null && column.kind === 'category') {
    return column.others ? plural('create.columns.sum.others', values) : plural('create.columns.sum.category', values);
  }
  if (answer !== null || column.kind === 'number')
    return t('create.columns.sum.number', { min: numberAsRead(column.min), max: numberAsRead(column.max) });
  if (column.kind === 'date') return dateSummary(column);
  const proposed = column.guess?.proposed.kind === 'ignored' ? column.guess.reason : null;
  return proposed === null ? t('create.columns.sum.ignored') : t(`create.reason.${proposed}`);
}

function dateSummary({ from, to, weekday, hour }: ColumnForm): string {
  const parts = [
    ...(from.trim() === '' ? [] : [t('data.columns.date.range', { from, to })]),
    ...(weekday ? [t('data.columns.date.weekday')] : []),
    ...(hour ? [t('data.columns.date.hour')] : []),
  ];
  return t('create.columns.sum.date', { parts: parts.join(', ') });
}

/** Shows how cells are read: whether a point marks decimals or thousands. */
function numberAsRead(typed: string): string {
  const value = numberOf(typed);
  return Number.isFinite(value) ? value.toLocaleString('en', { maximumSignificantDigits: 15 }) : typed;
}

function ColumnFields(props: ColumnFieldsProps): JSX.Element {
  const { edit, named } = columnEdits(props);
  /** The column's name in files, if it differs. */
  const renamed = () => (props.column.heading === props.column.name.trim() ? null : props.column.heading);
  return (
    <div class="column-fields">
      <Show when={props.column.guess}>
        {(guess) => (
          <p class="quiet">
            {seenText(guess())} <Show when={guess().missing > 0}>{plural('create.columns.missing', guess().missing)}</Show>
          </p>
        )}
      </Show>
      <div class="field-row">
        <TextField
          {...named('name')}
          label={t('create.columns.name')}
          {...(renamed() === null ? {} : { hint: t('create.columns.heading', { heading: renamed()! }) })}
          value={props.column.name}
          onInput={(name) => edit('name', { name })}
        />
        <Show when={!props.answer}>
          <SelectField
            {...named('kind')}
            label={t('create.columns.kind')}
            value={props.column.kind}
            options={KINDS.map((kind) => [kind, t(`create.kind.${kind}`)] as const)}
            onChoose={(kind) => edit('kind', { kind: kind as ColumnForm['kind'] })}
          />
        </Show>
      </div>
      <Switch>
        <Match when={props.answer && props.founder.form.answer !== 'classes'}>
          <AnswerNumberFields {...props} />
        </Match>
        <Match when={props.answer || props.column.kind === 'category'}>
          <ValueFields {...props} />
        </Match>
        <Match when={props.column.kind === 'number'}>
          <NumberFields {...props} />
        </Match>
        <Match when={props.column.kind === 'date'}>
          <DateFields {...props} />
        </Match>
      </Switch>
      <Show when={!props.answer && props.column.kind !== 'ignored'}>
        <GapsField {...props} />
      </Show>
    </div>
  );
}

function AnswerNumberFields(props: ColumnFieldsProps): JSX.Element {
  return (
    <SelectField
      founder={props.founder}
      field="task.label.number.loss"
      label={t('create.answer.loss')}
      hint={t('create.answer.loss.hint')}
      value={props.founder.form.answer}
      options={LOSSES.map((loss) => [loss, t(`create.answer.loss.${loss}`)] as const)}
      onChoose={(loss) => props.founder.edit('task.label.number.loss', { answer: loss as AnswerForm })}
    />
  );
}

/** A restored draft has no examples, because they are cells of the sample. */
const seenText = ({ examples, distinct }: ColumnGuess): string =>
  examples.length === 0
    ? t('create.columns.counted', { distinct: distinctText(distinct) })
    : t('create.columns.seen', { examples: examples.join(' · '), distinct: distinctText(distinct) });

/** The worker counts up to 256. */
const distinctText = (n: number): string =>
  n > 256 ? t('create.columns.distinct.many') : plural('create.columns.distinct', n, { n: count(n) });
