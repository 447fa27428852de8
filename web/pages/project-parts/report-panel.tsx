/** Link to the privacy report, also after leaving. */
import { A } from '@solidjs/router';
import type { JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../../i18n/t.ts';

export function ReportPanel(props: { readonly federation: Hash }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="panel-report">
      <h2 id="panel-report">{t('report.title')}</h2>
      <p>{t('report.open.text')}</p>
      <A class="button" href={`/f/${props.federation}/report`}>
        {t('report.open')}
      </A>
    </section>
  );
}
