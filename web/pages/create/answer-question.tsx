/** The second question: what the model learns. A column of the table, or named answers, with remarks about anything odd. */
import { Match, Show, Switch, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { ANSWERS_MAX, answerFinding } from '../../state/founding/founding-findings.ts';
import { hasTask, mayBeNumber, type FoundingForm } from '../../state/founding/founding-form.ts';
import { count } from '../../words/format.ts';
import { RangeFields } from './column-fields.tsx';
import { AreaField, SelectField } from './field.tsx';
import type { Founder } from './founder.ts';

export function AnswerQuestion(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const waiting = () => t(form().source === 'recordings' ? 'create.answer.waiting.recordings' : 'create.answer.waiting');
  return (
    <div class="question">
      <Show
        when={hasTask(form())}
        fallback={
          <>
            <p class="ask">{t('create.answer')}</p>
            <p class="quiet">{waiting()}</p>
          </>
        }
      >
        <Switch fallback={<TableAnswer founder={props.founder} />}>
          <Match when={form().source === 'pictures'}>
            <PictureAnswers founder={props.founder} />
          </Match>
          <Match when={form().source === 'recordings'}>
            <RecordingAnswers founder={props.founder} />
          </Match>
        </Switch>
      </Show>
    </div>
  );
}

function TableAnswer(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const named = () => form().columns.map(({ name }, place) => [String(place), name || t('create.columns.nameless')] as const);
  return (
    <>
      <SelectField
        founder={props.founder}
        field="task.label"
        label={t('create.answer')}
        value={String(form().label)}
        options={named()}
        onChoose={(place) => props.founder.chooseLabel(Number(place))}
      />
      <Show when={asksKind(form())}>
        <SelectField
          founder={props.founder}
          field="task.label.kind"
          label={t('create.answer.kind')}
          hint={t('create.answer.kind.hint')}
          value={form().answer === 'classes' ? 'classes' : 'number'}
          options={KINDS.map((kind) => [kind, t(`create.answer.kind.${kind}`)] as const)}
          onChoose={(kind) => props.founder.edit('task.label', { answer: kind === 'number' ? 'huber' : 'classes' })}
        />
      </Show>
      <Show when={form().answer !== 'classes'}>
        <NumberRange founder={props.founder} />
      </Show>
      <Show when={findingText(form())}>
        {(text) => (
          <p class="finding" role="status">
            {text()}
          </p>
        )}
      </Show>
      <Show when={form().source === 'scratch' && form().answer === 'classes'}>
        <AreaField
          founder={props.founder}
          field="task.label.classes"
          label={t('create.answer.scratch')}
          hint={t('create.answer.scratch.hint')}
          rows={3}
          value={form().columns[form().label]?.values ?? ''}
          onInput={(listed) => props.founder.editColumn(form().label, 'task.label.classes', { values: listed })}
        />
      </Show>
    </>
  );
}

const KINDS = ['number', 'classes'] as const;

/** With a sample, only if its cells are numbers. */
function asksKind({ source, columns, label }: FoundingForm): boolean {
  const column = columns[label];
  return column !== undefined && (source === 'scratch' || column.guess === null || mayBeNumber(column));
}

/** The public range, proposed from the sample. The weight of outlying answers is set in the answer's column. */
function NumberRange(props: { readonly founder: Founder }): JSX.Element {
  const place = () => props.founder.form.label;
  return (
    <Show when={props.founder.form.columns[place()]}>
      {(column) => (
        <>
          <p class="quiet">{t('create.answer.range')}</p>
          <RangeFields founder={props.founder} column={column()} place={place()} path="task.label.number" answer={true} />
        </>
      )}
    </Show>
  );
}

function findingText(form: FoundingForm): string | null {
  const finding = answerFinding(form);
  if (finding === null) return null;
  if (finding.says === 'same') return t('create.answer.same', { value: finding.value });
  if (finding.says === 'none') return t('create.answer.none');
  const n = finding.answers > ANSWERS_MAX ? `${ANSWERS_MAX}+` : count(finding.answers);
  return t('create.answer.many', { n, rows: count(form.fileRows) });
}

function PictureAnswers(props: { readonly founder: Founder }): JSX.Element {
  const image = () => props.founder.form.image;
  return (
    <Answers
      founder={props.founder}
      hint={t('create.answer.pictures.hint')}
      value={image().classes}
      onInput={(classes) => props.founder.edit('task.label.classes', { image: { ...image(), classes } })}
    />
  );
}

function RecordingAnswers(props: { readonly founder: Founder }): JSX.Element {
  const sequence = () => props.founder.form.sequence;
  return (
    <Answers
      founder={props.founder}
      hint={t(sequence().rate === null ? 'create.answer.recordings.hint' : 'create.answer.motion.hint')}
      value={sequence().classes}
      onInput={(classes) => props.founder.edit('task.label.classes', { sequence: { ...sequence(), classes } })}
    />
  );
}

interface AnswersProps {
  readonly founder: Founder;
  readonly hint: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function Answers(props: AnswersProps): JSX.Element {
  return <AreaField {...props} field="task.label.classes" label={t('create.answer')} rows={3} />;
}
