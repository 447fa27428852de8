/** Form controls with their label, hint and error, linked for assistive technology. */
import { createMemo, For, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { Founder } from './founder.ts';

export interface FieldProps {
  readonly founder: Founder;
  /** The path in the draft that it edits. */
  readonly field: string;
  readonly label: string;
  readonly hint?: string;
}

export interface FieldNames {
  readonly id: string;
  readonly error: string | null;
  readonly describedBy: string | undefined;
}

/** The id of a field's control, for links from problems. */
export function controlId(field: string): string {
  return `f-${field.replaceAll('.', '-')}`;
}

/** Focuses a field and opens whatever hides it. For a wrapper of a file field, focuses the field inside. */
export function goTo(field: string): void {
  const place = document.getElementById(controlId(field));
  for (let inside = place?.closest('details'); inside; inside = inside.parentElement?.closest('details')) inside.open = true;
  const control = place?.querySelector<HTMLElement>('input[type=file]') ?? place;
  control?.focus();
  control?.scrollIntoView({ block: 'center' });
}

export function namesOf(props: FieldProps): FieldNames {
  const id = controlId(props.field);
  const error = props.founder.wrong().find(({ field }) => field === props.field)?.expected ?? null;
  const about = [...(error === null ? [] : [`${id}-error`]), ...(props.hint === undefined ? [] : [`${id}-hint`])];
  return { id, error, describedBy: about.length === 0 ? undefined : about.join(' ') };
}

/** The lines under a control, with the error first. */
export function FieldNotes(props: { readonly names: FieldNames; readonly hint: string | undefined }): JSX.Element {
  return (
    <>
      <Show when={props.names.error}>
        {(expected) => (
          <p class="field-error" id={`${props.names.id}-error`}>
            <span aria-hidden="true">▲ </span>
            {t('create.field.expected', { expected: expected() })}
          </p>
        )}
      </Show>
      <Show when={props.hint}>
        {(hint) => (
          <p class="quiet" id={`${props.names.id}-hint`}>
            {hint()}
          </p>
        )}
      </Show>
    </>
  );
}

interface TextProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** Numbers are typed as text, so that no input is lost and invalid numbers can be reported. */
  readonly kind?: 'text' | 'decimal' | 'numeric';
}

export function TextField(props: TextProps): JSX.Element {
  const names = createMemo(() => namesOf(props));
  return (
    <div class="field" classList={{ short: props.kind !== undefined && props.kind !== 'text' }}>
      <label for={names().id}>{props.label}</label>
      <input
        id={names().id}
        type="text"
        inputmode={props.kind ?? 'text'}
        autocomplete="off"
        value={props.value}
        aria-invalid={names().error !== null}
        aria-describedby={names().describedBy}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <FieldNotes names={names()} hint={props.hint} />
    </div>
  );
}

export function AreaField(props: TextProps & { readonly rows: number }): JSX.Element {
  const names = createMemo(() => namesOf(props));
  return (
    <div class="field wide">
      <label for={names().id}>{props.label}</label>
      <textarea
        id={names().id}
        rows={props.rows}
        value={props.value}
        aria-invalid={names().error !== null}
        aria-describedby={names().describedBy}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <FieldNotes names={names()} hint={props.hint} />
    </div>
  );
}

interface SelectProps extends FieldProps {
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChoose: (value: string) => void;
}

export function SelectField(props: SelectProps): JSX.Element {
  const names = createMemo(() => namesOf(props));
  return (
    <div class="field">
      <label for={names().id}>{props.label}</label>
      <select
        id={names().id}
        aria-invalid={names().error !== null}
        aria-describedby={names().describedBy}
        onChange={(event) => props.onChoose(event.currentTarget.value)}
      >
        <For each={props.options}>
          {([value, text]) => (
            <option value={value} selected={value === props.value}>
              {text}
            </option>
          )}
        </For>
      </select>
      <FieldNotes names={names()} hint={props.hint} />
    </div>
  );
}

export function CheckField(props: FieldProps & { readonly checked: boolean; readonly onCheck: (checked: boolean) => void }): JSX.Element {
  const names = createMemo(() => namesOf(props));
  return (
    <div class="field check">
      <label>
        <input
          id={names().id}
          type="checkbox"
          checked={props.checked}
          aria-describedby={names().describedBy}
          onChange={(event) => props.onCheck(event.currentTarget.checked)}
        />
        <span>{props.label}</span>
      </label>
      <FieldNotes names={names()} hint={props.hint} />
    </div>
  );
}
