/** The editable parts of a column: values of a category or an answer, range of a number, parts of a date, its own gaps. */
import { Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { ColumnForm } from '../../state/founding/founding-form.ts';
import { linesOf } from '../../state/typed-text.ts';
import { AreaField, CheckField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';

export interface ColumnFieldsProps {
  readonly founder: Founder;
  readonly column: ColumnForm;
  readonly place: number;
  /** The column's path in the draft. */
  readonly path: string;
  readonly answer: boolean;
}

export function columnEdits(props: ColumnFieldsProps) {
  return {
    edit: (field: string, change: Partial<ColumnForm>) => props.founder.editColumn(props.place, `${props.path}.${field}`, change),
    named: (field: string) => ({ founder: props.founder, field: `${props.path}.${field}` }),
  };
}

export function ValueFields(props: ColumnFieldsProps): JSX.Element {
  const { edit, named } = columnEdits(props);
  const list = () => (props.answer ? 'classes' : 'values');
  return (
    <>
      <AreaField
        {...named(list())}
        label={props.answer ? t('create.columns.classes') : t('create.columns.values')}
        hint={t('create.columns.values.hint')}
        rows={Math.min(8, Math.max(3, linesOf(props.column.values).length))}
        value={props.column.values}
        onInput={(values) => edit(list(), { values })}
      />
      <Show when={!props.answer}>
        <CheckField
          {...named('others')}
          label={t('create.columns.others')}
          hint={t('create.columns.others.hint')}
          checked={props.column.others}
          onCheck={(others) => edit('others', { others })}
        />
      </Show>
    </>
  );
}

/** A public range and its typical value. */
export function RangeFields(props: ColumnFieldsProps): JSX.Element {
  const { edit, named } = columnEdits(props);
  return (
    <div class="field-row">
      <TextField
        {...named('min')}
        label={t('create.columns.min')}
        kind="decimal"
        value={props.column.min}
        onInput={(min) => edit('min', { min })}
      />
      <TextField
        {...named('max')}
        label={t('create.columns.max')}
        kind="decimal"
        value={props.column.max}
        onInput={(max) => edit('max', { max })}
      />
      <TextField
        {...named('typical')}
        label={t('create.columns.typical')}
        hint={t(props.answer ? 'create.answer.typical.hint' : 'create.columns.typical.hint')}
        kind="decimal"
        value={props.column.typical}
        onInput={(typical) => edit('typical', { typical })}
      />
    </div>
  );
}

export function NumberFields(props: ColumnFieldsProps): JSX.Element {
  return (
    <>
      <RangeFields {...props} />
      <FillField {...props} hint={t('create.columns.fill.hint')} />
    </>
  );
}

export function DateFields(props: ColumnFieldsProps): JSX.Element {
  const { edit, named } = columnEdits(props);
  return (
    <>
      <div class="field-row">
        <TextField
          {...named('from')}
          label={t('create.columns.from')}
          hint={t('create.columns.from.hint')}
          value={props.column.from}
          onInput={(from) => edit('from', { from })}
        />
        <TextField {...named('to')} label={t('create.columns.to')} value={props.column.to} onInput={(to) => edit('to', { to })} />
      </div>
      <CheckField
        {...named('weekday')}
        label={t('create.columns.weekday')}
        checked={props.column.weekday}
        onCheck={(weekday) => edit('weekday', { weekday })}
      />
      <CheckField
        {...named('hour')}
        label={t('create.columns.hour')}
        checked={props.column.hour}
        onCheck={(hour) => edit('hour', { hour })}
      />
      <FillField {...props} hint={t('create.columns.fill.date')} />
    </>
  );
}

function FillField(props: ColumnFieldsProps & { readonly hint: string }): JSX.Element {
  const { edit, named } = columnEdits(props);
  return (
    <CheckField
      {...named('missing')}
      label={t('create.columns.fill')}
      hint={props.hint}
      checked={props.column.fill}
      onCheck={(fill) => edit('missing', { fill })}
    />
  );
}

export function GapsField(props: ColumnFieldsProps): JSX.Element {
  const { edit, named } = columnEdits(props);
  return (
    <AreaField
      {...named('gaps')}
      label={t('create.columns.gaps')}
      hint={t('create.columns.gaps.hint')}
      rows={2}
      value={props.column.gaps}
      onInput={(gaps) => edit('gaps', { gaps })}
    />
  );
}
