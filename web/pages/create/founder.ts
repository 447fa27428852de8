/**
 * One founding in progress: the form, its errors, and the results of the founder's thread. The parts of the page show and edit it, and this
 * tab keeps it until it is published; nothing is sent before `publish`.
 */
import { createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import { createStore, unwrap } from 'solid-js/store';
import type { RelayInfo } from '#protocol/rest';
import type { Result } from '#workers/api';
import type { DraftRehearsal, FoundingDraft, FoundingWorker, PolicyQuote, Published, SchemaGuess } from '#workers/founding/api';
import { t } from '../../i18n/t.ts';
import { noteReach } from '../../state/connection.ts';
import { useFounding } from '../../state/founding/founding.ts';
import { keptDraft, liveDraft } from '../../state/founding/founding-draft.ts';
import {
  answerFor,
  columnsOf,
  draftOf,
  EMPTY_FORM,
  emptyColumn,
  fieldOf,
  hasPrice,
  hasSample,
  hasTask,
  imageFormOf,
  pictureSide,
  policyOf,
  taskOf,
  type ColumnForm,
  type FoundingForm,
  type Suggested,
} from '../../state/founding/founding-form.ts';
import { protecting, repeatedUnit } from '../../state/founding/founding-findings.ts';
import type { Shown } from '../../state/problem.ts';
import { EMPTY_SEQUENCE, MOTION_SEQUENCE, sequenceFormOf, type SequenceForm } from '../../state/founding/founding-sequence.ts';
import { fetchRelay, relayAddress } from '../../state/relay.ts';
import { suggestedOf } from './suggested.ts';

/** A slider being dragged, or a number being typed, is priced after this pause. */
const REST_MS = 150;
/** From this many pixels on, a table of numbers is assumed to be pictures. */
const PICTURE_PIXELS_MIN = 64;

/** A wrong field, by the name of its control. */
export interface Wrong {
  readonly field: string;
  readonly expected: string;
}

export interface Founder {
  readonly form: FoundingForm;
  readonly suggested: Accessor<Suggested>;
  /** What the policy buys; null while it is being computed, or if it cannot be. */
  readonly price: Accessor<PolicyQuote | null>;
  /** Why the policy has no price. */
  readonly unpriced: Accessor<Shown | null>;
  /** The result of a rehearsal on the sample; null until it is done, or without one. */
  readonly rehearsed: Accessor<DraftRehearsal | null>;
  readonly relay: Accessor<RelayInfo | null>;
  readonly relayProblem: Accessor<Shown | null>;
  /** The relay's host must approve. */
  readonly asksHost: Accessor<boolean>;
  readonly wrong: Accessor<readonly Wrong[]>;
  readonly busy: Accessor<'reading' | 'publishing' | null>;
  /** Share of the sample that has been read, 0 to 1; null if unknown. */
  readonly progress: Accessor<number | null>;
  /** Why the file or the publication was refused. */
  readonly fileProblem: Accessor<Shown | null>;
  readonly problem: Accessor<Shown | null>;
  /** The sample read in this visit, which can provide test rows; a restored draft has only its findings. */
  readonly sampleRead: Accessor<'file' | 'recordings' | 'pictures' | null>;
  /** Whether the draft survives a reload; null if there is none. */
  readonly kept: Accessor<boolean | null>;
  /** Edits parts of the form, and clears the error of `field` until the next check. */
  edit(field: string | null, change: Partial<FoundingForm>): void;
  editColumn(place: number, field: string | null, change: Partial<ColumnForm>): void;
  /** @param source `motion`: recordings that participants make with their phones */
  choose(source: FoundingForm['source'] | 'motion'): void;
  /** Makes another column the answer: its values become the classes or, if there are many, it is a number. */
  chooseLabel(place: number): void;
  read(file: File): Promise<void>;
  /** Cancels reading the sample. */
  stopReading(): void;
  readRecordings(files: readonly File[]): Promise<void>;
  readPictures(files: readonly File[]): Promise<void>;
  askRelay(): Promise<void>;
  /** @returns what undoes it */
  startOver(): () => void;
  /** @returns null if something is wrong, which is then already shown */
  publish(): Promise<Published | null>;
}

export function openFounder(): Founder {
  const { calls, end } = useFounding();
  onCleanup(end);
  const [form, setForm] = createStore<FoundingForm>(keptDraft() ?? structuredClone(EMPTY_FORM));
  const { told, setWrong, setBusy, setProgress, setFileProblem, setProblem, forgive } = openTold();
  const { busy } = told;
  const [sampleRead, setSampleRead] = createSignal<ReturnType<Founder['sampleRead']>>(null);
  const relay = openRelay();
  const suggested = createMemo(() => suggestedOf(form, relay.relay()));
  const draft = liveDraft(form);

  const edit: Founder['edit'] = (field, change) => {
    setForm(change);
    if (field !== null) setWrong((list) => list.filter((one) => one.field !== field));
  };
  const reading: Reading = async (of, ask, take) => {
    if (busy() !== null) return;
    setBusy('reading');
    forgive();
    const answer = await ask();
    setBusy(null);
    setProgress(null);
    if (!answer.ok) return void (answer.error.code === 'stale' ? null : setFileProblem(answer.error)); // stopped
    setSampleRead(of);
    take(answer.value);
  };

  return {
    form,
    suggested,
    ...liveQuote(form, suggested, calls),
    ...relay,
    ...told,
    sampleRead,
    kept: draft.kept,
    edit,
    ...schemaEdits(form, edit, setWrong, forgive),
    ...sampleReaders(form, calls, edit, reading, setProgress),
    startOver() {
      const [before, read] = [structuredClone(unwrap(form)), sampleRead()];
      setForm(structuredClone(EMPTY_FORM));
      setSampleRead(null);
      forgive();
      return () => {
        setForm(before);
        setSampleRead(read);
      };
    },
    async publish() {
      if (busy() !== null) return null;
      if (!hasTask(form)) {
        setWrong([{ field: 'sample', expected: t('create.file.expected') }]);
        return null;
      }
      setBusy('publishing');
      setProblem(null);
      const outcome = await checkAndPublish(calls, draftOf(form, suggested()), form.invitation.trim());
      setWrong(outcome.wrong);
      setProblem(outcome.problem);
      if (outcome.published !== null) draft.forget();
      setBusy(null);
      return outcome.published;
    },
  };
}

function openTold() {
  const [wrong, setWrong] = createSignal<readonly Wrong[]>([]);
  const [busy, setBusy] = createSignal<'reading' | 'publishing' | null>(null);
  const [progress, setProgress] = createSignal<number | null>(null);
  const [fileProblem, setFileProblem] = createSignal<Shown | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  /** A new sample clears the errors of the old one. */
  const forgive = () => {
    setWrong([]);
    setFileProblem(null);
    setProblem(null);
  };
  return { told: { wrong, busy, progress, fileProblem, problem }, setWrong, setBusy, setProgress, setFileProblem, setProblem, forgive };
}

/** If the sample repeats persons, rows of one person are protected together; participants then bring fewer units than rows. */
function groupIn({ group }: SchemaGuess, form: FoundingForm): Pick<FoundingForm, 'group' | 'policy'> {
  const alone = { ...form, ...protecting(form, null) };
  if (group === null) return { group: EMPTY_FORM.group, policy: alone.policy };
  const { column, rows, rowsMax } = group;
  return protecting({ ...alone, group: { column: null, rowsMax: String(rowsMax), seen: { column, rows } } }, column);
}

/** The form's parts that a table sample determines. */
function foundIn(found: SchemaGuess, form: FoundingForm): Partial<FoundingForm> {
  const { name: fileName, hasHeader: named, rows: sampleRows, total: fileRows, label } = found;
  const columns = columnsOf(found);
  const read = { columns, fileName, named, sampleRows, fileRows, label, answer: answerFor(columns[label]), ...groupIn(found, form) };
  const side = pictureSide({ ...form, ...read });
  return { ...read, pixels: side !== null && side * side >= PICTURE_PIXELS_MIN };
}

const valueOf = <T>(outcome: Result<T, Shown> | null): T | null => (outcome?.ok === true ? outcome.value : null);
const errorOf = <T>(outcome: Result<T, Shown> | null): Shown | null => (outcome?.ok === false ? outcome.error : null);

function openRelay(): Pick<Founder, 'relay' | 'relayProblem' | 'asksHost' | 'askRelay'> {
  const [answer, setAnswer] = createSignal<Result<RelayInfo, Shown> | null>(null);
  const askRelay = async () => {
    setAnswer(null);
    const reply = await fetchRelay();
    noteReach(reply);
    setAnswer(reply);
  };
  void askRelay();
  const relay = () => valueOf(answer());
  return { relay, relayProblem: () => errorOf(answer()), asksHost: () => (relay()?.publish ?? 'open') !== 'open', askRelay };
}

type Reading = <T>(of: 'file' | 'recordings' | 'pictures', ask: () => Promise<Result<T, Shown>>, take: (found: T) => void) => Promise<void>;

function sampleReaders(
  form: FoundingForm,
  calls: FoundingWorker,
  edit: Founder['edit'],
  reading: Reading,
  setProgress: (share: number | null) => void,
): Pick<Founder, 'read' | 'stopReading' | 'readRecordings' | 'readPictures'> {
  return {
    read: (file) =>
      reading(
        'file',
        () => calls.infer(file, setProgress),
        (found) => edit(null, foundIn(found, form)),
      ),
    stopReading: () => void calls.stop(),
    async readRecordings(files) {
      if (files.length === 0) return;
      await reading(
        'recordings',
        () => calls.inferRecordings(files),
        (found) => edit(null, { sequence: sequenceFormOf(found) }),
      );
    },
    async readPictures(files) {
      if (files.length === 0) return;
      await reading(
        'pictures',
        () => calls.inferPictures(files),
        (found) => edit(null, { image: imageFormOf(found) }),
      );
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
      forgive();
      // Settings for recordings of one kind do not apply to the other.
      if (source === 'recordings' && (form.source !== source || (form.sequence.rate !== null) !== (chosen === 'motion'))) {
        edit(null, { sequence: sequenceFor(chosen === 'motion', form.sequence) });
        if (chosen === 'motion') edit(null, { policy: { ...form.policy, rowsEach: MOTION_EACH } });
      }
      edit(null, { policy: { ...form.policy, model: modelFor(source, form.policy.model) } });
      if (source !== 'scratch') edit(null, { source, ...(source === 'file' && form.fileName === '' ? { columns: [] } : {}) });
      else if (form.source !== 'scratch') {
        const columns = [emptyColumn(t('create.columns.new', { n: 1 })), { ...emptyColumn('answer'), kind: 'category' as const }];
        edit(null, { source, columns, label: 1, answer: 'classes', fileName: '', named: true, sampleRows: 0, fileRows: 0, pixels: false });
        edit(null, { group: { ...form.group, column: null } });
      }
    },
    chooseLabel(place) {
      const values = form.columns[place]?.guess?.values;
      if (values != null) editColumn(place, null, { values: values.join('\n') });
      // The column that defines units cannot be the answer.
      const column = form.group.column === place ? null : form.group.column;
      setWrong([]);
      edit(null, { label: place, answer: answerFor(form.columns[place]), group: { ...form.group, column } });
    },
  };
}

/** Recordings that a participant makes in a few sessions. */
const MOTION_EACH = '40';

function sequenceFor(motion: boolean, before: SequenceForm): SequenceForm {
  if ((before.rate !== null) === motion) return before;
  return motion ? { ...MOTION_SEQUENCE, name: t('create.motion.name') } : EMPTY_SEQUENCE;
}

/** The proposed model: recordings have neighbours in time, columns of a table do not. */
function modelFor(source: FoundingForm['source'], model: FoundingForm['policy']['model']): FoundingForm['policy']['model'] {
  if (source === 'recordings') return 'layers';
  return model === 'layers' && source !== 'pictures' ? 'logistic' : model;
}

interface Publishing {
  readonly wrong: readonly Wrong[];
  readonly problem: Shown | null;
  readonly published: Published | null;
}

async function checkAndPublish(calls: FoundingWorker, draft: FoundingDraft, invitation: string): Promise<Publishing> {
  const none = { wrong: [], problem: null, published: null };
  const faults = await calls.check(draft);
  if (!faults.ok) return { ...none, problem: faults.error };
  if (faults.value.length > 0) return { ...none, wrong: faults.value.map(({ field, expected }) => ({ field: fieldOf(field), expected })) };
  const answer = await calls.publish(draft, relayAddress(), invitation);
  return answer.ok ? { ...none, published: answer.value } : { ...none, problem: answer.error };
}

/** Prices the policy whenever it or the task's size changes; keeps the last price until the next one is computed. */
/** Prices the form after a pause, then rehearses it, so that an unstable training is reported before anything is signed. */
function liveQuote(
  form: FoundingForm,
  suggested: Accessor<Suggested>,
  calls: FoundingWorker,
): Pick<Founder, 'price' | 'unpriced' | 'rehearsed'> {
  const [rehearsed, setRehearsed] = createSignal<DraftRehearsal | null>(null);
  const [quote, setQuote] = createSignal<Result<PolicyQuote, Shown> | null>(null);
  const asked = createMemo(() => (hasPrice(form) ? JSON.stringify([taskOf(form), policyOf(form)]) : null));
  createEffect(
    on(asked, (question) => {
      setRehearsed(null);
      if (question === null) return void setQuote(null);
      let current = true;
      const timer = setTimeout(async () => {
        const answer = await calls.quote(taskOf(form), policyOf(form), repeatedUnit(form)?.rows);
        if (current) setQuote(answer);
        if (!current || !answer.ok || !hasSample(form)) return;
        const found = await calls.rehearse(draftOf(form, suggested()));
        if (current) setRehearsed(found.ok ? found.value : null);
      }, REST_MS);
      onCleanup(() => {
        current = false;
        clearTimeout(timer);
      });
    }),
  );
  return { price: () => valueOf(quote()), unpriced: () => errorOf(quote()), rehearsed };
}
