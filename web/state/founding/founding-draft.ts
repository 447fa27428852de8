/**
 * A founder's draft in the storage of this tab: there after a reload and Back, gone when the tab is closed. It has what was typed and what
 * was found in the sample, but not the sample itself: of its cells only those that will become public. A full or denied storage keeps
 * nothing.
 */
import { createEffect, createSignal, onCleanup, type Accessor } from 'solid-js';
import { EMPTY_FORM, type AnswerForm, type ColumnForm, type FoundingForm } from './founding-form.ts';
import { linesOf } from '../typed-text.ts';

/** Version of the form's shape and meaning: a draft from another build is dropped. */
export const DRAFT_VERSION = 6;
export const DRAFT_BYTES_MAX = 400_000;
/** Storage keeps UTF-16. */
const BYTES_A_LETTER = 2;
const KEY = 'mesh-founding';
/** What is being typed is kept once it rests. */
const REST_MS = 150;

/** The stored text of a form; null if it is too large, empty if nobody has touched it. */
export function draftText(form: FoundingForm): string | null {
  if (JSON.stringify(form) === JSON.stringify(EMPTY_FORM)) return '';
  const own = withoutOthers(form);
  const columns = own.columns.map((column, place) => withoutCells(column, place === own.label ? own.answer : null));
  const bare = columns.map((column) => ({ ...column, guess: null }));
  const texts = [columns, bare].map((kept) => JSON.stringify({ version: DRAFT_VERSION, form: { ...own, columns: kept } }));
  return texts.find(({ length }) => length * BYTES_A_LETTER <= DRAFT_BYTES_MAX) ?? null;
}

/** Findings from a sample of a different kind than the current source will not be published. */
function withoutOthers(form: FoundingForm): FoundingForm {
  const { sequence, image, columns, label, answer, group, pixels, fileName, sampleRows, fileRows } = EMPTY_FORM;
  if (form.source === 'file' || form.source === 'scratch') return { ...form, sequence, image };
  const bare = { ...form, columns, label, answer, group, pixels, fileName, sampleRows, fileRows };
  return form.source === 'pictures' ? { ...bare, sequence } : { ...bare, image };
}

/** Examples, unlisted values, and lists of columns that are neither classes nor categories are cells that will not be published. */
function withoutCells(column: ColumnForm, answer: AnswerForm | null): ColumnForm {
  const listed = answer === null ? column.kind === 'category' : answer === 'classes';
  const { guess } = column;
  const values = listed ? column.values : '';
  if (guess === null) return { ...column, values };
  const names = new Set(linesOf(values));
  const kept = (found: readonly string[]) => found.filter((value) => names.has(value));
  const { proposed } = guess;
  return {
    ...column,
    values,
    guess: {
      ...guess,
      examples: [],
      sentinels: [],
      values: listed && guess.values !== null ? kept(guess.values) : null,
      proposed: proposed.kind === 'category' ? { ...proposed, values: kept(proposed.values) } : proposed,
    },
  };
}

/** @param text as draftText has it @returns whether the draft is kept; null when there is none to keep */
function keepDraft(text: string | null): boolean | null {
  try {
    // First, so that what is not kept leaves no older one behind.
    sessionStorage.removeItem(KEY);
    if (text === null || text === '') return text === null ? false : null;
    sessionStorage.setItem(KEY, text);
    return true;
  } catch {
    return text === '' ? null : false;
  }
}

export function keptDraft(): FoundingForm | null {
  try {
    const { version, form } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as { version?: unknown; form?: FoundingForm };
    return version === DRAFT_VERSION && form !== undefined ? form : null;
  } catch {
    return null;
  }
}

/** Stores the form after a pause in editing, for this tab's next visit. */
export function liveDraft(form: FoundingForm): { readonly kept: Accessor<boolean | null>; forget(): void } {
  const [kept, setKept] = createSignal<boolean | null>(null);
  let text: string | null = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = () => setKept(keepDraft(text));
  createEffect(() => {
    text = draftText(form);
    clearTimeout(timer);
    timer = setTimeout(keep, REST_MS);
  });
  window.addEventListener('pagehide', keep);
  const end = () => {
    clearTimeout(timer);
    window.removeEventListener('pagehide', keep);
  };
  onCleanup(() => {
    end();
    keep();
  });
  return {
    kept,
    forget() {
      end();
      text = '';
      keep();
    },
  };
}
