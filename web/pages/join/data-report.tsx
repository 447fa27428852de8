/** What a file turned out to be, and the rows that were left out with their reasons. */
import { For, Show, type JSX } from 'solid-js';
import type { DataReport } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { Fact } from '../../ui/facts.tsx';
import { count } from '../../ui/format.ts';
import { lineOf } from '../../ui/problem-notice.tsx';

export function DataReportView(props: { readonly report: DataReport; readonly classes: readonly string[] }): JSX.Element {
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
        <Fact name={t('data.report.rows')}>{count(props.report.rows)}</Fact>
        <Fact name={t('data.report.columns')}>{count(props.report.columns)}</Fact>
        <Fact name={t('data.report.header')}>{props.report.hasHeader ? t('data.report.header.yes') : t('data.report.header.no')}</Fact>
      </dl>
      <h4>{t('data.report.classes')}</h4>
      <dl class="counts">
        <For each={props.report.classCounts}>
          {(rows, i) => (
            <div>
              <dt>{props.classes[i()] ?? i()}</dt>
              <dd>{count(rows)}</dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={props.report.skippedCount > 0}>
        <details class="skipped">
          <summary>{plural('data.skipped', props.report.skippedCount)}</summary>
          <ul class="plain-list">
            <For each={props.report.skipped}>
              {({ row, problem }) => <li>{lineOf({ ...problem, detail: { ...problem.detail, row } })}</li>}
            </For>
          </ul>
          <Show when={props.report.skipped.length < props.report.skippedCount}>
            <p class="quiet">{t('data.skipped.more', { shown: count(props.report.skipped.length) })}</p>
          </Show>
        </details>
      </Show>
      <Show when={props.report.clampedCount > 0}>
        <p>{plural('data.clamped', props.report.clampedCount)}</p>
      </Show>
      <p class="quiet">{t('data.again')}</p>
    </div>
  );
}
