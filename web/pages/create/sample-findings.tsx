/**
 * Questions to a founder about a table sample: whether several rows describe one person, whose rows are then protected together, and
 * whether an outlier stands for a missing value. Each explains itself and has one button.
 */
import { For, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { gapQuestions, protecting, repeatedUnit, type GapQuestion } from '../../state/founding/founding-findings.ts';
import { draftIndex } from '../../state/founding/founding-form.ts';
import { count, quantity } from '../../words/format.ts';
import type { Founder } from './founder.ts';

/** Maximum number of questions about gaps at a time. */
const ASKED_MAX = 3;

export function SampleFindings(props: { readonly founder: Founder }): JSX.Element {
  const asked = () => gapQuestions(props.founder.form).slice(0, ASKED_MAX);
  return (
    <>
      <UnitFinding founder={props.founder} />
      <For each={asked()}>{(question) => <GapFinding founder={props.founder} question={question} />}</For>
    </>
  );
}

function UnitFinding(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const protect = (column: number | null) => props.founder.edit('task.group.column', protecting(form(), column));
  return (
    <Show when={repeatedUnit(form())}>
      {(unit) => {
        const said = () => ({ name: unit().name, rows: count(unit().rows), epsilon: quantity(form().policy.epsilon) });
        return (
          <div class="finding" role="status">
            <Show
              when={unit().together}
              fallback={
                <>
                  <p>
                    <Show when={personIn(props.founder)}>{(person) => <strong>{t('create.unit.alone', person())}</strong>}</Show>{' '}
                    {t('create.unit.repeats', said())} {t('create.unit.alone.rows', said())}
                  </p>
                  <button type="button" class="plain" onClick={() => protect(unit().place)}>
                    {t('create.unit.protect', said())}
                  </button>
                </>
              }
            >
              <p>
                <strong>{t('create.unit.together', said())}</strong> {t('create.unit.repeats', said())} {t('create.unit.together.rows')}
              </p>
              <button type="button" class="plain" onClick={() => protect(null)}>
                {t('create.unit.split')}
              </button>
            </Show>
          </div>
        );
      }}
    </Show>
  );
}

/** The ε of a person whose rows are protected separately, in words; null if no person repeats, or it is not known yet. */
export function personIn({ form, price }: Founder) {
  const [unit, epsilon] = [repeatedUnit(form), price()?.rowsEpsilon ?? null];
  if (unit === null || unit.together || epsilon === null) return null;
  // Two digits are enough.
  const about = quantity(Number(epsilon.toPrecision(2)));
  return { name: unit.name, rows: count(unit.rows), unit: about, epsilon: quantity(form.policy.epsilon) };
}

/** Recordings that repeat a person: each is protected separately. */
export function PersonFinding(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  return (
    <Show when={repeatedUnit(form())}>
      {(unit) => {
        const said = () => ({ name: unit().name, rows: count(unit().rows), epsilon: quantity(form().policy.epsilon) });
        return (
          <p class="finding" role="status">
            <Show when={personIn(props.founder)}>{(person) => <strong>{t('create.unit.alone', person())}</strong>}</Show>{' '}
            {t('create.person.repeats', said())} {t('create.person.alone', said())} {t('create.person.fewer')}
          </p>
        );
      }}
    </Show>
  );
}

function GapFinding(props: { readonly founder: Founder; readonly question: GapQuestion }): JSX.Element {
  const path = () => `task.columns.${draftIndex(props.founder.form.label, props.question.place)}`;
  const said = () => ({ name: props.question.name, value: String(props.question.value), times: count(props.question.times) });
  return (
    <div class="finding" role="status">
      <p>{t('create.gap.ask', said())}</p>
      <div class="actions">
        <button type="button" class="plain" onClick={() => props.founder.editColumn(props.question.place, path(), props.question.asGap)}>
          {t('create.gap.yes', said())}
        </button>
        <button type="button" class="plain" onClick={() => props.founder.editColumn(props.question.place, null, { settled: true })}>
          {t('create.gap.no')}
        </button>
      </div>
    </div>
  );
}
