/** Ends a project for everybody, by whoever founded it in this browser, after a second press. It cannot be taken back. */
import { createSignal, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

export function EndProject(props: { readonly calls: PeerCalls }): JSX.Element {
  const [stage, setStage] = createSignal<'offered' | 'asked' | 'running'>('offered');
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const end = async () => {
    setStage('running');
    const answer = await props.calls.withdraw().catch(failed);
    setProblem(answer.ok ? null : answer.error);
    setStage('offered');
  };
  return (
    <section class="panel" aria-labelledby="panel-end">
      <h2 id="panel-end">{t('train.end')}</h2>
      <p class="quiet">{t('train.end.text')}</p>
      <div class="actions" role="status">
        <Show
          when={stage() !== 'offered'}
          fallback={
            <button type="button" class="button" onClick={() => setStage('asked')}>
              {t('train.end.button')}
            </button>
          }
        >
          <button type="button" class="button danger" disabled={stage() === 'running'} onClick={() => void end()}>
            {t('train.end.sure')}
          </button>
          <button type="button" class="button" disabled={stage() === 'running'} onClick={() => setStage('offered')}>
            {t('train.end.cancel')}
          </button>
        </Show>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}
