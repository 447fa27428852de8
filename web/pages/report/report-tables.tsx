/** The tables of a privacy report: epsilon by accountant, paid rounds, recipients. */
import { For, Show, type JSX } from 'solid-js';
import type { ReportBody } from '#protocol/privacy/ledger/report-shape';
import { t } from '../../i18n/t.ts';
import { count, quantity } from '../../words/format.ts';
import { atMost, errorAtMost } from './figures.ts';

interface Labelled {
  /** Id of the heading that names the table. */
  readonly labelledBy: string;
}

export function AccountantTable(props: Labelled & { readonly guarantee: ReportBody['guarantee'] }): JSX.Element {
  const pld = () => props.guarantee.pld;
  const line = (by: 'rdp' | 'pld', epsilon: string, note: string) => (
    <tr>
      <th scope="row">
        {t(`report.${by}`)}{' '}
        <Show when={props.guarantee.by === by}>
          <span class="tag">{t('report.counts')}</span>
        </Show>
      </th>
      <td class="number">{epsilon}</td>
      <td>{note}</td>
    </tr>
  );
  return (
    <table aria-labelledby={props.labelledBy}>
      <thead>
        <tr>
          <th scope="col">{t('report.accountant')}</th>
          <th scope="col" class="number">
            {t('report.epsilon')}
          </th>
          <th scope="col">{t('report.note')}</th>
        </tr>
      </thead>
      <tbody>
        {line('rdp', atMost(props.guarantee.rdp.epsilon), t('report.rdp.note', { order: count(props.guarantee.rdp.order) }))}
        <Show when={pld()} fallback={line('pld', '–', t(`report.pld.${props.guarantee.pldAbsent ?? 'not-smaller'}`))}>
          {(found) => {
            const error = errorAtMost(found().error);
            const supposes = props.guarantee.pldSupposes !== null;
            return line('pld', atMost(found().epsilon), supposes ? t('report.pld.supposes', { error }) : t('report.pld.note', { error }));
          }}
        </Show>
      </tbody>
    </table>
  );
}

export function PhaseTable(props: Labelled & { readonly phases: ReportBody['phases'] }): JSX.Element {
  return (
    <table aria-labelledby={props.labelledBy}>
      <thead>
        <tr>
          <th scope="col">{t('report.phase.from')}</th>
          <For each={['rounds', 'rate', 'sigma', 'clip'] as const}>
            {(name) => (
              <th scope="col" class="number">
                {t(`report.phase.${name}`)}
              </th>
            )}
          </For>
        </tr>
      </thead>
      <tbody>
        <For each={props.phases}>
          {(phase) => (
            <tr>
              <th scope="row">{t(`report.phase.${phase.from}`)}</th>
              <td class="number">{count(phase.rounds)}</td>
              <td class="number">{quantity(phase.rate)}</td>
              <td class="number">{quantity(phase.sigma)}</td>
              <td class="number">{phase.clip === null ? t('report.phase.unknown') : quantity(phase.clip)}</td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}

export function RecipientTable(props: Labelled & { readonly recipients: ReportBody['recipients'] }): JSX.Element {
  return (
    <table aria-labelledby={props.labelledBy}>
      <thead>
        <tr>
          <th scope="col">{t('report.who.who')}</th>
          <th scope="col">{t('report.who.gets')}</th>
        </tr>
      </thead>
      <tbody>
        <For each={props.recipients}>
          {({ who, gets }) => (
            <tr>
              <th scope="row">{t(`report.who.${who}`)}</th>
              <td>{gets.map((what) => t(`report.gets.${what}`)).join(', ')}</td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}
