/** What a file turned out to be, and the rows that were left out with their reasons. */
import { For, Show, type JSX } from 'solid-js';
import type { DataReport } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { Fact } from '../../ui/facts.tsx';
import { count } from '../../ui/format.ts';

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
      <p class="quiet">{t('data.again')}</p>
    </div>
  );
}
