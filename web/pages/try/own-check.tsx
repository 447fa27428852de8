/** A member's own check: the shared model, or a file, beside this device alone, on rows kept aside. The lab computes; nothing is sent. */
import { createSignal, createUniqueId, For, Show, type JSX } from 'solid-js';
import type { Task } from '#protocol/manifest/task';
import type { Interval, LabWorker, OwnCheck, Subgroup } from '#workers/lab/api';
import { plural, t } from '../../i18n/t.ts';
import { failed, type Shown } from '../../state/problem.ts';
import '../../styles/check.css';
import { accuracy, count, loss, quantity } from '../../words/format.ts';
import { figure, guessingText, interval, measureOf } from '../../ui/goodness.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Calibration } from './calibration.tsx';

export interface OwnCheckProps {
  readonly task: Task;
  /** A file of the person's own is judged, not the shared model. */
  readonly file?: boolean;
  readonly check: LabWorker['check'];
}

export function OwnCheckPanel(props: OwnCheckProps): JSX.Element {
  const id = createUniqueId();
  const [column, setColumn] = createSignal<string | null>(null);
  const [running, setRunning] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [found, setFound] = createSignal<OwnCheck | null>(null);
  const [nothing, setNothing] = createSignal(false);
  const columns = () =>
    (props.task.kind === 'table' && props.task.picture === null ? props.task.columns : []).filter((c) => c.kind !== 'ignored');
  const run = async () => {
    setRunning(true);
    setProblem(null);
    const answer = await props.check(column()).catch(failed);
    setRunning(false);
    setProblem(answer.ok ? null : answer.error);
    if (!answer.ok) return;
    setFound(answer.value);
    setNothing(answer.value === null);
  };
  return (
    <section class="own-check" aria-labelledby="own-check">
      <h2 id="own-check">{t('check.title')}</h2>
      <p>{t('check.lead')}</p>
      <div class="actions">
        <Show when={columns().length > 0}>
          <label for={id}>{t('check.column')}</label>
          <select id={id} disabled={running()} onChange={(event) => setColumn(event.currentTarget.value || null)}>
            <option value="">{t('check.column.none')}</option>
            <For each={columns()}>{(c) => <option value={c.name}>{c.name}</option>}</For>
          </select>
        </Show>
        <button type="button" class="button" disabled={running()} onClick={() => void run()}>
          {t('check.run')}
        </button>
      </div>
      <div role="status">
        <Show when={running()}>
          <p class="quiet">{t('check.running')}</p>
        </Show>
        <Show when={!running() && nothing()}>
          <p>{t('check.none')}</p>
        </Show>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void run()} />}</Show>
      <Show when={running() ? null : found()}>{(check) => <Result check={check()} file={props.file === true} />}</Show>
    </section>
  );
}

function Result(props: { readonly check: OwnCheck; readonly file: boolean }): JSX.Element {
  const judged = () => t(props.file ? 'check.file' : 'check.mesh');
  const grouped = () => props.check.units !== props.check.mesh.rows;
  return (
    <>
      <p>
        {plural('check.rows', props.check.mesh.rows)}{' '}
        <Show when={grouped()}>{t('check.rows.units', { units: count(props.check.units) })}</Show>
      </p>
      <p class="strong">{verdict(props.check, props.file)}</p>
      <p>{guessingText(props.check.comparison.guessing, measureOf(props.check.comparison.mesh))}</p>
      <ScoreTable judged={judged()} mesh={props.check.mesh} solo={props.check.solo} />
      <Show when={props.check.calibration}>{(curves) => <Calibration judged={judged()} curves={curves()} />}</Show>
      <Show when={props.check.subgroups}>
        {(by) => (
          <Groups judged={judged()} column={by().column} measure={'mae' in props.check.mesh ? 'mae' : 'accuracy'} groups={by().groups} />
        )}
      </Show>
    </>
  );
}

function verdict({ comparison }: OwnCheck, file: boolean): string {
  if (comparison.better === 'open') return t('check.verdict.open');
  if (comparison.better === 'mesh') return t(file ? 'check.verdict.file' : 'check.verdict.mesh');
  return t(file ? 'check.verdict.file.solo' : 'check.verdict.solo');
}

type Scored = OwnCheck['mesh'];

const CLASS_MEASURES = ['accuracy', 'auroc', 'auprc', 'brier'] as const;
const NUMBER_MEASURES = ['mae', 'rmse', 'r2'] as const;
type MeasureName = (typeof CLASS_MEASURES)[number] | (typeof NUMBER_MEASURES)[number];

const measuresOf = (scores: Scored): readonly MeasureName[] => ('mae' in scores ? NUMBER_MEASURES : CLASS_MEASURES);

function cellOf(scores: Scored, name: MeasureName): string {
  const found = (scores as Readonly<Partial<Record<MeasureName, Interval | null>>>)[name] ?? null;
  return interval(found, name === 'accuracy' ? accuracy : 'mae' in scores ? quantity : loss);
}

function ScoreTable(props: { readonly judged: string; readonly mesh: Scored; readonly solo: Scored }): JSX.Element {
  return (
    <div class="wide" tabindex="0" role="region" aria-label={t('check.table')}>
      <table>
        <caption>{t('check.table')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('check.measure')}</th>
            <th scope="col">{props.judged}</th>
            <th scope="col">{t('check.solo')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={measuresOf(props.mesh)}>
            {(name) => (
              <tr>
                <th scope="row">{t(`check.${name}`)}</th>
                <td>{cellOf(props.mesh, name)}</td>
                <td>{cellOf(props.solo, name)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function Groups(props: {
  readonly judged: string;
  readonly column: string;
  readonly measure: 'accuracy' | 'mae';
  readonly groups: readonly Subgroup[];
}): JSX.Element {
  const title = () => t('check.groups', { column: props.column });
  const cell = (scores: Scored | null) => (scores === null ? t('check.groups.hidden') : cellOf(scores, props.measure));
  return (
    <div class="wide" tabindex="0" role="region" aria-label={title()}>
      <table>
        <caption>
          {title()}: {t(`check.${props.measure}`)}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t('check.groups.value')}</th>
            <th scope="col">{t('check.calibration.rows')}</th>
            <th scope="col">{props.judged}</th>
            <th scope="col">{t('check.solo')}</th>
            <th scope="col">{t('check.groups.guessing')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.groups}>
            {(group) => (
              <tr>
                <th scope="row">{group.value === '' ? t('check.groups.missing') : group.value}</th>
                <td>{count(group.rows)}</td>
                <td>{cell(group.mesh)}</td>
                <td>{cell(group.solo)}</td>
                <td>
                  {group.guessing === null
                    ? t('check.groups.hidden')
                    : figure(group.guessing, props.measure === 'mae' ? 'error' : 'accuracy')}
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}
