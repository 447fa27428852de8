/** What was read from a file: the result in one line, then what needs attention, then the rest on request. */
import { For, Show, type JSX } from 'solid-js';
import { classesOf, type Task } from '#protocol/manifest/task';
import type { DataReport, Finding } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { Fact } from '../../ui/facts.tsx';
import { accuracy as percent, count } from '../../words/format.ts';
import { findingLine, groupOf, type FindingGroup } from './finding-line.ts';

/** Findings of a group that are shown without a request. */
const SHOWN_MAX = 4;
/** These change the training data, so they are always shown. */
const ATTENTION = ['left', 'read'] as const;

const WORDS = {
  rows: { rows: 'data.report.rows', aside: 'data.aside', units: 'doctor.units', classes: 'data.report.classes' },
  sequence: {
    rows: 'sequence.report.windows',
    aside: 'sequence.aside',
    units: 'sequence.report.recordings',
    classes: 'sequence.report.classes',
  },
} as const;

export interface DataReportProps {
  readonly report: DataReport;
  readonly task: Task;
  /** Receives the result line, which takes the focus from the fields. */
  readonly line: (element: HTMLElement) => void;
}

export function DataReportView(props: DataReportProps): JSX.Element {
  const sequence = () => props.task.kind === 'sequence';
  const words = () => WORDS[sequence() ? 'sequence' : 'rows'];
  const inGroup = (group: FindingGroup) => props.report.findings.filter((finding) => groupOf(finding) === group);
  const result = () => {
    const { name, rows, units } = props.report;
    return sequence() ? plural('sequence.read', units, { name }) : plural('data.read', rows, { name });
  };
  return (
    <div class="report">
      <p class="read-result" tabindex="-1" ref={(line) => props.line(line)}>
        {result()}
        <Show when={props.report.synthetic}>
          <span class="tag">{t('data.report.synthetic')}</span>
        </Show>
      </p>
      <Show when={props.report.heldOut > 0}>
        <p>{plural(words().aside, props.report.heldOut)}</p>
      </Show>
      <For each={inGroup('remark')}>{(finding) => <p>{findingLine(finding)}</p>}</For>
      <For each={ATTENTION}>{(group) => <FindingList title={t(`doctor.${group}`)} findings={inGroup(group)} />}</For>
      <Show when={props.report.findings.length === 0}>
        <p class="quiet">{t('doctor.fine')}</p>
      </Show>
      <details>
        <summary>{t('data.report')}</summary>
        <div class="aside-body">
          <Facts report={props.report} task={props.task} words={words()} />
          <FindingList title={t('doctor.known')} findings={inGroup('known')} />
        </div>
      </details>
    </div>
  );
}

function Facts(props: {
  readonly report: DataReport;
  readonly task: Task;
  readonly words: (typeof WORDS)[keyof typeof WORDS];
}): JSX.Element {
  const total = () => props.report.classCounts.reduce((sum, rows) => sum + rows, 0);
  return (
    <>
      <dl class="facts">
        <Fact name={t(props.words.rows)}>{count(props.report.rows)}</Fact>
        <Show when={props.task.kind === 'sequence' || props.report.units !== props.report.rows}>
          <Fact name={t(props.words.units)}>{count(props.report.units)}</Fact>
        </Show>
        <Show when={props.report.columns > 0}>
          <Fact name={t('data.report.columns')}>{count(props.report.columns)}</Fact>
          <Fact name={t('data.report.header')}>{props.report.hasHeader ? t('data.report.header.yes') : t('data.report.header.no')}</Fact>
        </Show>
      </dl>
      <Show when={props.report.classCounts.length > 0}>
        <h3>{t(props.words.classes)}</h3>
        <dl class="counts">
          <For each={props.report.classCounts}>
            {(rows, i) => (
              <div>
                <dt>{classesOf(props.task)[i()] ?? i()}</dt>
                <dd>{t('doctor.share', { rows: count(rows), percent: percent(rows / total()) })}</dd>
              </div>
            )}
          </For>
        </dl>
      </Show>
    </>
  );
}

function FindingList(props: { readonly title: string; readonly findings: readonly Finding[] }): JSX.Element {
  const more = () => props.findings.slice(SHOWN_MAX);
  const list = (findings: readonly Finding[]) => (
    <ul class="plain-list">
      <For each={findings}>{(finding) => <li>{findingLine(finding)}</li>}</For>
    </ul>
  );
  return (
    <Show when={props.findings.length > 0}>
      <h3>{props.title}</h3>
      {list(props.findings.slice(0, SHOWN_MAX))}
      <Show when={more().length > 0}>
        <details>
          <summary>{plural('doctor.more', more().length)}</summary>
          {list(more())}
        </details>
      </Show>
    </Show>
  );
}
