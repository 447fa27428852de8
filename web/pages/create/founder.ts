/**
 * One founding in the making: the form, what is wrong with it, and the answers of the founder's thread. The sections of the page show
 * and edit it; nothing here is sent before `publish`.
 */
import { createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { Task } from '#protocol/task';
import type { FoundingDraft, PolicyQuote, Published } from '#workers/founding/api';
import { t } from '../../i18n/t.ts';
import { noteReach } from '../../state/connection.ts';
import { useFounding, type FoundingCalls } from '../../state/founding.ts';
import {
  columnsOf,
  draftOf,
  EMPTY_FORM,
  emptyColumn,
  fieldOf,
  pictureSide,
  policyOf,
  taskOf,
  type ColumnForm,
  type FoundingForm,
  type Suggested,
} from '../../state/founding-form.ts';
import { failed, type Outcome, type Shown } from '../../state/problem.ts';
import { EMPTY_SEQUENCE, MOTION_SEQUENCE, sequenceFormOf, type SequenceForm } from '../../state/founding-sequence.ts';
import { fetchRelay, relayAddress, type RelayName } from '../../state/relay.ts';
import { few } from '../../ui/format.ts';
import { suggestedConsent } from './consent.ts';

/** A slider that is being dragged, or a number being typed, is priced once it rests. */
const REST_MS = 150;
/** Pixels of a picture that a table of numbers is taken for, unasked. */
const PICTURE_PIXELS_MIN = 64;
/** Answers that a suggested description lists. */
const VALUES_SHOWN = 6;

/** A wrong field, by the name of its control. */
export interface Wrong {
  readonly field: string;
  readonly expected: string;
}

export interface Founder {
  readonly form: FoundingForm;
  readonly suggested: Accessor<Suggested>;
  readonly quote: Accessor<Outcome<PolicyQuote> | null>;
  readonly relay: Accessor<Outcome<RelayName> | null>;
  readonly wrong: Accessor<readonly Wrong[]>;
  readonly busy: Accessor<'reading' | 'publishing' | null>;
  /** Why the file was refused, or the publishing. */
  readonly fileProblem: Accessor<Shown | null>;
  readonly problem: Accessor<Shown | null>;
  readonly published: Accessor<Published | null>;
  /** A code of the relay's host, as typed. */
  readonly invitation: Accessor<string>;
  setInvitation(code: string): void;
  /** Edits parts of the form; what was said to be wrong with `field` is forgotten until the next check. */
  edit(field: string | null, change: Partial<FoundingForm>): void;
  editColumn(place: number, field: string | null, change: Partial<ColumnForm>): void;
  /** @param source `motion`: recordings that members make with their phones */
  choose(source: FoundingForm['source'] | 'motion'): void;
  /** Makes another column the answer: its values are the classes, all that the sample has. */
  chooseLabel(place: number): void;
  read(file: File): Promise<void>;
  readRecordings(files: readonly File[]): Promise<void>;
  askRelay(): Promise<void>;
  publish(): Promise<void>;
}

export function openFounder(): Founder {
  const calls = useFounding();
  onCleanup(() => calls.close());
  const [form, setForm] = createStore<FoundingForm>(structuredClone(EMPTY_FORM));
  const [wrong, setWrong] = createSignal<readonly Wrong[]>([]);
  const [busy, setBusy] = createSignal<'reading' | 'publishing' | null>(null);
  const [fileProblem, setFileProblem] = createSignal<Shown | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [published, setPublished] = createSignal<Published | null>(null);
  const [invitation, setInvitation] = createSignal('');
  const [relay, setRelay] = createSignal<Outcome<RelayName> | null>(null);
  const suggested = createMemo(() => suggestedOf(form, relay()));
  const quote = liveQuote(form, calls);

  const edit: Founder['edit'] = (field, change) => {
    setForm(change);
    if (field !== null) setWrong((list) => list.filter((one) => one.field !== field));
  };
  const askRelay = async () => {
    setRelay(null);
    const answer = await fetchRelay();
    noteReach(answer);
    setRelay(answer);
  };
  void askRelay();

  return {
    form,
    suggested,
    quote,
    relay,
    wrong,
    busy,
    fileProblem,
    problem,
    published,
    invitation,
    setInvitation,
    edit,
    askRelay,
    ...schemaEdits(form, edit, setWrong, () => setFileProblem(null)),
    async read(file) {
      if (busy() !== null) return;
      setBusy('reading');
      setFileProblem(null);
      const answer = await calls.infer(file).catch(failed);
      setBusy(null);
      if (!answer.ok) {
        setFileProblem(answer.error);
        return;
      }
      const { value } = answer;
      setWrong([]);
      edit(null, { columns: columnsOf(value) });
      edit(null, { fileName: value.name, sampleRows: value.rows, label: value.label, group: { ...form.group, column: null } });
      const side = pictureSide(form);
      edit(null, { pixels: side !== null && side * side >= PICTURE_PIXELS_MIN });
    },
    async readRecordings(files) {
      if (busy() !== null || files.length === 0) return;
      setBusy('reading');
      setFileProblem(null);
      const answer = await calls.inferRecordings(files).catch(failed);
      setBusy(null);
      setWrong([]);
      if (answer.ok) edit(null, { sequence: sequenceFormOf(answer.value) });
      else setFileProblem(answer.error);
    },
    async publish() {
      if (busy() !== null) return;
      setBusy('publishing');
      setProblem(null);
      const outcome = await checkAndPublish(calls, draftOf(form, suggested()), invitation().trim());
      setWrong(outcome.wrong);
      setProblem(outcome.problem);
      setPublished(outcome.published);
      setBusy(null);
    },
  };
}

type SchemaEdits = Pick<Founder, 'editColumn' | 'choose' | 'chooseLabel'>;

function schemaEdits(
  form: FoundingForm,
  edit: Founder['edit'],
  setWrong: (wrong: readonly Wrong[]) => void,
  forgive: () => void,
): SchemaEdits {
  const editColumn: Founder['editColumn'] = (place, field, change) => {
    edit(field, { columns: form.columns.map((column, i) => (i === place ? { ...column, ...change } : column)) });
  };
  return {
    editColumn,
    choose(chosen) {
      const source = chosen === 'motion' ? 'recordings' : chosen;
      setWrong([]);
      forgive();
      // What was written about recordings of one kind says nothing about the other.
      if (source === 'recordings' && (form.source !== source || (form.sequence.rate !== null) !== (chosen === 'motion'))) {
        edit(null, { sequence: sequenceFor(chosen === 'motion', form.sequence) });
        if (chosen === 'motion') edit(null, { policy: { ...form.policy, rowsEach: MOTION_EACH } });
      }
      edit(null, { policy: { ...form.policy, model: modelFor(source, form.policy.model) } });
      if (source !== 'scratch') edit(null, { source, ...(source === 'file' && form.fileName === '' ? { columns: [] } : {}) });
      else if (form.source !== 'scratch') {
        const columns = [emptyColumn(t('create.columns.new', { n: 1 })), { ...emptyColumn('answer'), kind: 'category' as const }];
        edit(null, { source, columns, label: 1, fileName: '', sampleRows: 0, pixels: false, group: { ...form.group, column: null } });
      }
    },
    chooseLabel(place) {
      const values = form.columns[place]?.guess?.values;
      if (values != null) editColumn(place, null, { values: values.join('\n') });
      // What a unit is cannot be what is learnt.
      const column = form.group.column === place ? null : form.group.column;
      setWrong([]);
      edit(null, { label: place, group: { ...form.group, column } });
    },
  };
}

/** Recordings that a person makes in a few sessions. */
const MOTION_EACH = '40';

function sequenceFor(motion: boolean, before: SequenceForm): SequenceForm {
  if ((before.rate !== null) === motion) return before;
  return motion ? { ...MOTION_SEQUENCE, name: t('create.motion.name') } : EMPTY_SEQUENCE;
}

/** Recordings have neighbours in time, columns of a table have none: the model that is proposed follows. */
function modelFor(source: FoundingForm['source'], model: FoundingForm['policy']['model']): FoundingForm['policy']['model'] {
  if (source === 'recordings') return 'layers';
  return model === 'layers' && source !== 'pictures' ? 'logistic' : model;
}

interface Publishing {
  readonly wrong: readonly Wrong[];
  readonly problem: Shown | null;
  readonly published: Published | null;
}

async function checkAndPublish(calls: FoundingCalls, draft: FoundingDraft, invitation: string): Promise<Publishing> {
  const none = { wrong: [], problem: null, published: null };
  const faults = await calls.check(draft).catch(failed);
  if (!faults.ok) return { ...none, problem: faults.error };
  if (faults.value.length > 0) return { ...none, wrong: faults.value.map(({ field, expected }) => ({ field: fieldOf(field), expected })) };
  const answer = await calls.publish(draft, relayAddress(), invitation).catch(failed);
  return answer.ok ? { ...none, published: answer.value } : { ...none, problem: answer.error };
}

/** Prices the policy whenever it or the task's size changes; keeps the last answer while the next one is worked out. */
function liveQuote(form: FoundingForm, calls: FoundingCalls): Accessor<Outcome<PolicyQuote> | null> {
  const [quote, setQuote] = createSignal<Outcome<PolicyQuote> | null>(null);
  const asked = createMemo(() => (hasPrice(form) ? JSON.stringify([taskOf(form), policyOf(form)]) : null));
  createEffect(
    on(asked, (question) => {
      if (question === null) return void setQuote(null);
      let current = true;
      const timer = setTimeout(async () => {
        const answer = await calls.quote(taskOf(form), policyOf(form)).catch(failed);
        if (current) setQuote(answer);
      }, REST_MS);
      onCleanup(() => {
        current = false;
        clearTimeout(timer);
      });
    }),
  );
  return quote;
}

/** Whether there is something to learn, so that the rest of the form makes sense. */
export function hasTask(form: FoundingForm): boolean {
  if (form.source === 'pictures') return true;
  if (form.source === 'recordings') return form.sequence.channels.length > 0;
  return form.source !== null && form.columns.length > 0;
}

/** Whether there is a model to price: answers to tell apart, and something to tell them by. */
export function hasPrice(form: FoundingForm): boolean {
  if (!hasTask(form)) return false;
  const task = taskOf(form);
  if (task.label.classes.length < 2) return false;
  if (task.kind === 'sequence') return task.channels.length > 0;
  return task.kind === 'image' || task.columns.some(({ kind }) => kind !== 'ignored');
}

function suggestedOf(form: FoundingForm, relay: Outcome<RelayName> | null): Suggested {
  const task = hasTask(form) ? taskOf(form) : null;
  return {
    name: form.source === 'file' ? form.fileName : form.source === 'recordings' ? form.sequence.name : '',
    description: task === null ? '' : descriptionOf(task).slice(0, 600),
    region: relay?.ok === true ? relay.value.region : '',
    relay: relay?.ok === true ? relay.value.id : '',
    consent: suggestedConsent(form),
  };
}

function descriptionOf(task: Task): string {
  const answer = answerOf(task.label);
  if (task.kind === 'image') return t('create.texts.description.pictures', { answer, width: task.width, height: task.height });
  if (task.kind === 'sequence') return t('create.texts.description.recordings', { answer, n: task.channels.length, length: task.length });
  return t('create.texts.description.table', { answer, n: task.columns.filter(({ kind }) => kind !== 'ignored').length });
}

function answerOf({ name: label, classes }: Task['label']): string {
  if (label === '') return t('create.texts.answer.unnamed');
  const values = few(classes, VALUES_SHOWN);
  return values === '' ? t('create.texts.answer.unlisted', { label }) : t('create.texts.answer', { label, values });
}
