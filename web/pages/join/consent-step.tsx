/** Step 3: what leaves the device, in a sentence and a table, the federation's own words, and a button. Nothing is pre-ticked. */
import { createSignal, For, Show, type JSX } from 'solid-js';
import { updateLength } from '#protocol/manifest/manifest';
import { groupOf } from '#protocol/manifest/task';
import type { BudgetOffer } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { OpenFederation } from '../../state/federation.ts';
import { askToKeep } from '../../state/lasting-storage.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { count, short } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Step } from '../../ui/step.tsx';

/** Who receives data, the smallest circle first, and which data. */
const RECIPIENTS = [
  { who: 'nobody', what: ['rows'] },
  { who: 'linked', what: ['address'] },
  { who: 'all', what: ['update', 'key', 'times'] },
] as const;

export interface ConsentStepProps {
  readonly open: OpenFederation;
  /** What the chosen budget buys; null if it buys nothing. */
  readonly offer: BudgetOffer | null;
  readonly onJoined: () => void;
}

export function ConsentStep(props: ConsentStepProps): JSX.Element {
  const body = () => props.open.manifest.body;
  const blurred = () => {
    const { task } = body();
    if (task.kind === 'sequence') return t('sequence.consent.blurred');
    const group = groupOf(task);
    return group === null ? t('consent.blurred') : t('consent.blurred.group', { column: group.column });
  };
  const drawn = () => t(body().privacy.rate < 1 ? 'consent.sentence.part' : 'consent.sentence.all');
  const [starting, setStarting] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const agree = async () => {
    const { offer } = props;
    if (offer === null || starting()) return;
    setStarting(true);
    setProblem(null);
    void askToKeep(); // the training page shows the browser's answer
    const answer = await props.open.calls.join(offer.epsilon, body().consent).catch(failed);
    setStarting(false);
    if (answer.ok) props.onJoined();
    else setProblem(answer.error);
  };
  return (
    <Step number={3} of={3} title={t('consent.title')} waiting={props.offer === null ? t('consent.waiting') : null}>
      <p>
        {t('consent.sentence', { drawn: drawn(), parameters: count(updateLength(body())) })} {blurred()}
      </p>
      <ConsentTable />
      <p>{t('consent.stop')}</p>
      <h3>{t('consent.text')}</h3>
      <blockquote class="consent-text">{body().consent}</blockquote>
      <p class="quiet">{t('consent.steward', { steward: short(body().steward) })}</p>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      <button type="button" class="button primary" disabled={starting()} onClick={() => void agree()}>
        {starting() ? t('consent.starting') : t('consent.button')}
      </button>
    </Step>
  );
}

function ConsentTable(): JSX.Element {
  return (
    <table class="consent-table">
      <caption class="unseen">{t('consent.table')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('consent.table.who')}</th>
          <th scope="col">{t('consent.table.what')}</th>
        </tr>
      </thead>
      <tbody>
        <For each={RECIPIENTS}>
          {({ who, what }) => (
            <tr classList={{ stays: who === 'nobody' }}>
              <th scope="row">{t(`consent.${who}`)}</th>
              <td>
                <For each={what}>{(part) => <p>{t(`consent.${part}`)}</p>}</For>
              </td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}
