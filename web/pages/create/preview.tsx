/** What participants will see of the project before they join, as far as the founder's answers determine it. */
import { createUniqueId, Match, Show, Switch, type JSX } from 'solid-js';
import { classesOf, numberAnswerOf } from '#protocol/manifest/task';
import { probabilityBound } from '#protocol/privacy/ledger/statement';
import { plural, t } from '../../i18n/t.ts';
import { groupName, hasPrice, hasSample, hasTask, readColumns, taskOf } from '../../state/founding/founding-form.ts';
import { numberOf } from '../../state/typed-text.ts';
import { Fact } from '../../ui/facts.tsx';
import { certainty, count, few, odds, quantity } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import type { Founder } from './founder.ts';
import { personIn } from './sample-findings.tsx';
import { unitOf } from './suggested.ts';

export function Preview(props: { readonly founder: Founder }): JSX.Element {
  const id = createUniqueId();
  const form = () => props.founder.form;
  const name = () => (form().name ?? props.founder.suggested().name).trim();
  return (
    <section class="preview" aria-labelledby={id}>
      <h2 id={id}>{t('create.preview.title')}</h2>
      <p class="preview-name" classList={{ missing: name() === '' }}>
        {name() || t('create.preview.nameless')}
      </p>
      <Show when={hasTask(form())} fallback={<p class="quiet">{t('create.preview.waiting')}</p>}>
        <dl class="promises">
          <Fact name={t('create.preview.learns')}>{learns(props.founder)}</Fact>
          <Fact name={t('create.preview.reads')}>{reads(props.founder)}</Fact>
          <Fact name={t('create.preview.protects')}>{protects(props.founder)}</Fact>
          <Fact name={t('create.preview.rounds')}>{rounds(props.founder)}</Fact>
          <Show when={hasSample(form()) && form().test.open}>
            <Fact name={t('create.preview.test')}>{t('create.preview.test.value', { percent: form().test.percent })}</Fact>
          </Show>
          <Fact name={t('create.preview.privacy')}>
            <Privacy founder={props.founder} />
          </Fact>
        </dl>
        <Show when={props.founder.rehearsed()?.finding}>
          {(finding) => (
            <p class="finding" role="status">
              {t(`create.preview.${finding()}`)}
            </p>
          )}
        </Show>
        <Show when={props.founder.unpriced()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      </Show>
    </section>
  );
}

function learns({ form }: Founder): string {
  const task = taskOf(form);
  const { name } = task.label;
  const number = numberAnswerOf(task);
  if (number !== null) return t('create.preview.learns.number', { name, min: told(number.min), max: told(number.max) });
  const classes = classesOf(task);
  if (classes.length === 0) return t('create.preview.learns.nothing');
  const values = few(classes);
  return name === '' ? values : t('create.preview.learns.of', { name, classes: values });
}

/** Invalid numbers are reported at their fields. */
const told = (typed: number): string => (Number.isFinite(typed) ? quantity(typed) : '…');

function reads({ form }: Founder): string {
  const { source, image, sequence } = form;
  if (source === 'pictures') return t('create.preview.reads.pictures', { width: image.width, height: image.height });
  const names =
    source === 'recordings'
      ? sequence.channels.filter(({ read }) => read).map((channel) => channel.name)
      : readColumns(form)
          .filter(({ column }) => column.kind !== 'ignored')
          .map(({ column }) => column.name);
  return plural(source === 'recordings' ? 'create.preview.reads.recordings' : 'create.preview.reads.columns', names.length, {
    names: few(names),
  });
}

function protects({ form }: Founder): string {
  const name = groupName(form);
  return name === null
    ? t('create.preview.protects.row', { one: unitOf(form) })
    : t('create.preview.protects.group', { name, n: form.group.rowsMax });
}

function rounds(founder: Founder): JSX.Element {
  return (
    <Switch fallback={t(founder.form.answer === 'classes' ? 'create.preview.unpriced' : 'create.preview.unpriced.number')}>
      <Match when={founder.price()}>
        {(quote) => t('create.preview.rounds.value', { rounds: count(quote().rounds), needed: needed(founder) })}
      </Match>
      <Match when={hasPrice(founder.form) && founder.unpriced() === null}>{t('create.preview.asking')}</Match>
    </Switch>
  );
}

const needed = ({ form }: Founder): string => told(numberOf(form.rounds.min));

function Privacy(props: { readonly founder: Founder }): JSX.Element {
  const policy = () => props.founder.form.policy;
  const recorded = () => props.founder.form.source === 'recordings';
  const one = () => {
    const name = groupName(props.founder.form);
    return name === null ? unitOf(props.founder.form) : `“${name}”`;
  };
  const sure = () => ({ one: one(), percent: certainty(probabilityBound(policy().epsilon)) });
  return (
    <>
      <Show
        when={personIn(props.founder)}
        fallback={<strong class="limit">{t('create.preview.privacy.limit', { epsilon: quantity(policy().epsilon) })}</strong>}
      >
        {(said) => (
          <>
            <strong class="limit">
              {t(recorded() ? 'create.preview.privacy.person.recordings' : 'create.preview.privacy.person', said())}
            </strong>
            <span>{t(recorded() ? 'create.person.alone' : 'create.unit.alone.rows', said())}</span>{' '}
          </>
        )}
      </Show>
      <span>{t('create.preview.privacy.round')}</span> <span>{t('create.preview.privacy.all', sure())}</span>{' '}
      <span class="quiet">{t('create.preview.privacy.fails', { odds: odds(Number(policy().delta)) })}</span>
    </>
  );
}
