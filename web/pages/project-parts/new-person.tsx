/** Starts as a new person, after a second press and a warning: everything is deleted, including the ledger. */
import { createSignal, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { forgetTakenPart } from '../../state/taken-part.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

type Stage = 'offered' | 'asked' | 'running' | 'done';

export function NewPerson(props: { readonly calls: PeerCalls }): JSX.Element {
  const [stage, setStage] = createSignal<Stage>('offered');
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const start = async () => {
    setStage('running');
    const answer = await props.calls.newPerson().catch(failed);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) forgetTakenPart();
    setStage(answer.ok ? 'done' : 'offered');
  };
  return (
    <section class="panel" aria-labelledby="panel-person">
      <h2 id="panel-person">{t('person.title')}</h2>
      <p class="quiet">{t('person.text')}</p>
      <div class="actions" role="status">
        <Show when={stage() === 'offered'}>
          <button type="button" class="button" onClick={() => setStage('asked')}>
            {t('person.button')}
          </button>
        </Show>
        <Show when={stage() === 'asked' || stage() === 'running'}>
          <p>{t('person.warning')}</p>
          <button type="button" class="button danger" disabled={stage() === 'running'} onClick={() => void start()}>
            {t('person.sure')}
          </button>
          <button type="button" class="button" disabled={stage() === 'running'} onClick={() => setStage('offered')}>
            {t('person.cancel')}
          </button>
        </Show>
        <Show when={stage() === 'done'}>
          <p>{t('person.done')}</p>
        </Show>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}
