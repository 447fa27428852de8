/** Deletes this site's data from the browser, after a second press. The budget's ledger stays, and the text says so. */
import { createSignal, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { forgetTakenPart } from '../../state/taken-part.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

type Stage = 'offered' | 'asked' | 'running' | 'done';

export function Forget(props: { readonly calls: PeerCalls }): JSX.Element {
  const [stage, setStage] = createSignal<Stage>('offered');
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const forget = async () => {
    setStage('running');
    const answer = await props.calls.forget().catch(failed);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) forgetTakenPart();
    setStage(answer.ok ? 'done' : 'offered');
  };
  return (
    <section class="panel" aria-labelledby="panel-forget">
      <h2 id="panel-forget">{t('train.forget')}</h2>
      <p class="quiet">{t('train.forget.text')}</p>
      <div class="actions" role="status">
        <Show when={stage() === 'offered'}>
          <button type="button" class="button" onClick={() => setStage('asked')}>
            {t('train.forget.button')}
          </button>
        </Show>
        <Show when={stage() === 'asked' || stage() === 'running'}>
          <button type="button" class="button danger" disabled={stage() === 'running'} onClick={() => void forget()}>
            {t('train.forget.sure')}
          </button>
          <button type="button" class="button" disabled={stage() === 'running'} onClick={() => setStage('offered')}>
            {t('train.forget.cancel')}
          </button>
        </Show>
        <Show when={stage() === 'done'}>
          <p>{t('train.forget.done')}</p>
        </Show>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}
