/** The columns of a table, including the answer, and the unit of privacy. */
import { Index, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { emptyColumn, pictureSide, readColumns } from '../../state/founding/founding-form.ts';
import { ColumnCard } from './column-card.tsx';
import { CheckField, controlId, FieldNotes, namesOf, SelectField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Part } from './part.tsx';

const UNIT_ROWS = ['2', '4', '8', '16', '32', '64'] as const;

export function ColumnsPart(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const side = () => pictureSide(form());
  const all = () => namesOf({ founder: props.founder, field: 'task.columns', label: '' });
  return (
    <Part title={t('create.columns.title')} lead={t('create.columns.public')}>
      <Show when={form().source === 'file'}>
        <p class="quiet">{t('create.columns.sample')}</p>
      </Show>
      <div id={controlId('task.columns')} tabindex="-1">
        <FieldNotes names={all()} hint={undefined} />
        <ul class="columns-list">
          <Index each={form().columns}>{(column, place) => <ColumnCard founder={props.founder} column={column()} place={place} />}</Index>
        </ul>
      </div>
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
    </Part>
  );
}

function AddAndRemove(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const add = () => {
    const { columns, label, group } = form();
    const added = emptyColumn(t('create.columns.new', { n: columns.length }));
    // The answer stays last.
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
    <div class="field-row">
      <SelectField
        founder={props.founder}
        field="task.group.column"
        label={t('create.unit.label')}
        hint={t('create.unit.hint')}
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
  );
}
