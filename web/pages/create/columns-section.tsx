/** The schema: which column is the answer, what each of the others holds, and what one unit of privacy is. */
import { Index, Match, Show, Switch, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { emptyColumn, manyAnswers, pictureSide, readColumns } from '../../state/founding-form.ts';
import { linesOf } from '../../state/typed-text.ts';
import { count } from '../../ui/format.ts';
import { Step } from '../../ui/step.tsx';
import { ColumnCard } from './column-card.tsx';
import { CheckField, controlId, FieldNotes, namesOf, SelectField } from './field.tsx';
import { hasTask, type Founder } from './founder.ts';
import { PicturesFields } from './pictures-fields.tsx';
import { RecordingsFields } from './recordings-fields.tsx';

const UNIT_ROWS = ['2', '4', '8', '16', '32', '64'] as const;

export function ColumnsSection(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const title = () => {
    const { source } = form();
    if (source === 'recordings') return t('create.recordings.title');
    return source === 'pictures' ? t('create.pictures.title') : t('create.columns.title');
  };
  return (
    <Step number={2} of={7} title={title()} waiting={hasTask(form()) ? null : t('create.columns.waiting')}>
      <Switch>
        <Match when={form().source === 'pictures'}>
          <PicturesFields founder={props.founder} />
        </Match>
        <Match when={form().source === 'recordings'}>
          <RecordingsFields founder={props.founder} />
        </Match>
        <Match when={true}>
          <TableFields founder={props.founder} />
        </Match>
      </Switch>
    </Step>
  );
}

function TableFields(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const named = () => form().columns.map(({ name }, place) => [String(place), name || t('create.columns.nameless')] as const);
  const side = () => pictureSide(form());
  const answers = () => linesOf(form().columns[form().label]?.values ?? '');
  const all = () => namesOf({ founder: props.founder, field: 'task.columns', label: '' });
  return (
    <>
      <Show when={form().source === 'file'}>
        <p class="notice">{t('create.columns.public')}</p>
      </Show>
      <SelectField
        founder={props.founder}
        field="task.label"
        label={t('create.columns.which')}
        hint={t('create.columns.which.hint')}
        value={String(form().label)}
        options={named()}
        onChoose={(place) => props.founder.chooseLabel(Number(place))}
      />
      <Show when={manyAnswers(form())}>
        <p class="notice" role="status">
          {t('create.columns.which.many', { n: count(answers().length), rows: count(form().sampleRows) })}
        </p>
      </Show>
      <h3>{t('create.columns.list')}</h3>
      <div class="wide" id={controlId('task.columns')} tabindex="-1">
        <FieldNotes names={all()} hint={undefined} />
      </div>
      <ul class="columns-list">
        <Index each={form().columns}>{(column, place) => <ColumnCard founder={props.founder} column={column()} place={place} />}</Index>
      </ul>
      <Show when={form().source === 'scratch'}>
        <AddAndRemove founder={props.founder} />
      </Show>
      <Show when={side()}>
        {(pixels) => (
          <CheckField
            founder={props.founder}
            field="pixels"
            label={t('create.columns.pixels', { side: pixels() })}
            checked={form().pixels}
            onCheck={(pixelsWanted) => props.founder.edit(null, { pixels: pixelsWanted })}
          />
        )}
      </Show>
      <UnitFields founder={props.founder} />
    </>
  );
}

function AddAndRemove(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const add = () => {
    const { columns, label, group } = form();
    const added = emptyColumn(t('create.columns.new', { n: columns.length }));
    // The answer stays the last one, where it began.
    const last = label === columns.length - 1;
    props.founder.edit('task.columns', {
      columns: last ? [...columns.slice(0, -1), added, columns[label]!] : [...columns, added],
      label: last ? label + 1 : label,
      group: last && group.column === label ? { ...group, column: label + 1 } : group,
    });
  };
  const remove = () => {
    const { columns, label, group } = form();
    const gone = readColumns(form()).at(-1);
    if (gone === undefined || columns.length <= 2) return;
    const after = (place: number) => (place > gone.place ? place - 1 : place);
    const column = group.column === null || group.column === gone.place ? null : after(group.column);
    props.founder.edit('task.columns', {
      columns: columns.filter((_, place) => place !== gone.place),
      label: after(label),
      group: { ...group, column },
    });
  };
  return (
    <div class="actions">
      <button type="button" class="button" onClick={add}>
        {t('create.columns.add')}
      </button>
      <button type="button" class="button" disabled={form().columns.length <= 2} onClick={remove}>
        {t('create.columns.remove')}
      </button>
    </div>
  );
}

function UnitFields(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const options = () => [
    ['', t('create.unit.row')] as const,
    ...readColumns(form()).map(({ column, place }) => [String(place), t('create.unit.column', { name: column.name })] as const),
  ];
  return (
    <>
      <h3>{t('create.unit.title')}</h3>
      <p>{t('create.unit.lead')}</p>
      <div class="field-row">
        <SelectField
          founder={props.founder}
          field="task.group.column"
          label={t('create.unit.label')}
          value={form().group.column === null ? '' : String(form().group.column)}
          options={options()}
          onChoose={(place) =>
            props.founder.edit('task.group.column', { group: { ...form().group, column: place === '' ? null : Number(place) } })
          }
        />
        <Show when={form().group.column !== null}>
          <SelectField
            founder={props.founder}
            field="task.group.rowsMax"
            label={t('create.unit.rows')}
            hint={t('create.unit.rows.hint')}
            value={form().group.rowsMax}
            options={UNIT_ROWS.map((n) => [n, n] as const)}
            onChoose={(rowsMax) => props.founder.edit('task.group.rowsMax', { group: { ...form().group, rowsMax } })}
          />
        </Show>
      </div>
    </>
  );
}
