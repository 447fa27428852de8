/** What a file turned out to be: its rows by answer, and each finding as a sentence, by what is done about it. */
import { For, Show, type JSX } from 'solid-js';
import type { Task } from '#protocol/task';
import type { DataReport, Finding } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { Fact } from '../../ui/facts.tsx';
import { accuracy as percent, count } from '../../ui/format.ts';
import { findingLine, groupOf, type FindingGroup } from './finding-line.ts';

/** Findings of a group that are shown before one asks for the rest. */
const SHOWN_MAX = 6;
const GROUPS: readonly FindingGroup[] = ['left', 'read', 'known'];

const WORDS = {
  rows: {
    rows: 'data.report.rows',
    aside: 'doctor.aside',
    units: 'doctor.units',
    classes: 'data.report.classes',
    again: 'data.again',
  },
  sequence: {
    rows: 'sequence.report.windows',
    aside: 'sequence.report.aside',
    units: 'sequence.report.recordings',
    classes: 'sequence.report.classes',
    again: 'sequence.report.again',
  },
} as const;

export function DataReportView(props: { readonly report: DataReport; readonly task: Task }): JSX.Element {
  const words = () => WORDS[props.task.kind === 'sequence' ? 'sequence' : 'rows'];
  const total = () => props.report.classCounts.reduce((sum, rows) => sum + rows, 0);
  const inGroup = (group: FindingGroup) => props.report.findings.filter((finding) => groupOf(finding) === group);
  return (
    <div class="report">
      <h3>
        {t('data.report')}
        <Show when={props.report.synthetic}>
          <span class="tag">{t('data.report.synthetic')}</span>
        </Show>
      </h3>
      <dl class="facts">
        <Fact name={t('data.report.file')}>{props.report.name}</Fact>
        <Fact name={t(words().rows)}>{count(props.report.rows)}</Fact>
        <Show when={props.report.heldOut > 0}>
          <Fact name={t(words().aside)}>{count(props.report.heldOut)}</Fact>
        </Show>
        <Show when={props.task.kind === 'sequence' || props.report.units !== props.report.rows}>
          <Fact name={t(words().units)}>{count(props.report.units)}</Fact>
        </Show>
        <Show when={props.report.columns > 0}>
          <Fact name={t('data.report.columns')}>{count(props.report.columns)}</Fact>
          <Fact name={t('data.report.header')}>{props.report.hasHeader ? t('data.report.header.yes') : t('data.report.header.no')}</Fact>
        </Show>
      </dl>
      <h4>{t(words().classes)}</h4>
      <dl class="counts">
        <For each={props.report.classCounts}>
          {(rows, i) => (
            <div>
              <dt>{props.task.label.classes[i()] ?? i()}</dt>
              <dd>{t('doctor.share', { rows: count(rows), percent: percent(rows / total()) })}</dd>
            </div>
          )}
        </For>
      </dl>
      <For each={GROUPS}>{(group) => <FindingList title={t(`doctor.${group}`)} findings={inGroup(group)} />}</For>
      <Show when={props.report.findings.length === 0}>
        <p>{t('doctor.fine')}</p>
      </Show>
      <p class="quiet">{t(words().again)}</p>
    </div>
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
      <h4>{props.title}</h4>
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
