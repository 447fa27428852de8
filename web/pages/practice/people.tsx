/** The participants of a practice: each has a name, is marked as practice, and shows what it brought and did. */
import { Index, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { Fact } from '../../ui/facts.tsx';
import { bytes, count } from '../../words/format.ts';

export function People(props: { readonly snapshots: readonly (Snapshot | null)[]; readonly names: readonly string[] }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="practice-people">
      <h2 id="practice-people">{t('practice.people')}</h2>
      <table class="practice-people">
        <thead>
          <tr>
            <th scope="col">{t('practice.people.who')}</th>
            <th scope="col">{t('practice.people.rows')}</th>
            <th scope="col">{t('practice.people.rounds')}</th>
          </tr>
        </thead>
        <tbody>
          <Index each={props.snapshots}>
            {(snapshot, i) => (
              <tr>
                <th scope="row">
                  {i === 0 ? t('stage.you', { name: props.names[i] ?? '' }) : props.names[i]} <span class="tag">{t('practice.tag')}</span>
                </th>
                <td>{snapshot()?.data == null ? '–' : count(snapshot()!.data!.rows)}</td>
                <td>{count(snapshot()?.contributed ?? 0)}</td>
              </tr>
            )}
          </Index>
        </tbody>
      </table>
      <p class="quiet">{t('practice.people.seat')}</p>
    </section>
  );
}

/** Progress, and the bytes sent from thread to thread as counted by the sending code; these links end in this page. */
export function Said(props: { readonly snapshot: Snapshot; readonly rounds: number }): JSX.Element {
  return (
    <dl class="facts column">
      <Fact name={t('practice.rounds')}>
        {t('practice.rounds.value', { round: count(props.snapshot.made), rounds: count(props.rounds) })}
      </Fact>
      <Fact name={t('practice.said')}>{bytes(props.snapshot.bytesOut)}</Fact>
    </dl>
  );
}
