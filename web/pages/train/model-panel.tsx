/** The certified model: a way to try it, and to take it along as a file. */
import { A } from '@solidjs/router';
import { createSignal, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { short } from '../../ui/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { saveFile } from '../../ui/save-file.ts';

export interface ModelPanelProps {
  readonly calls: PeerCalls;
  readonly federation: Hash;
  readonly state: Hash | null;
  /** A mirror asks nothing of the peer. */
  readonly readOnly: boolean;
}

export function ModelPanel(props: ModelPanelProps): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const download = async () => {
    setBusy(true);
    const answer = await props.calls.download().catch(failed);
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) saveFile(answer.value.name, new Blob([answer.value.bytes]));
  };
  return (
    <section class="panel" aria-labelledby="panel-model">
      <h2 id="panel-model">{t('train.model')}</h2>
      <Show when={props.state} fallback={<p class="quiet">{t('train.model.none')}</p>}>
        {(state) => (
          <>
            <p>{t('train.model.text')}</p>
            <p class="quiet" title={state()}>
              {t('train.model.state', { hash: short(state()) })}
            </p>
            <Show when={!props.readOnly}>
              <div class="actions">
                <A class="button" href={`/f/${props.federation}/try`}>
                  {t('try.open')}
                </A>
                <button type="button" class="button" disabled={busy()} onClick={() => void download()}>
                  {t('train.model.download')}
                </button>
              </div>
              <A href={`/f/${props.federation}/try#worth`}>{t('try.open.worth')}</A>
            </Show>
          </>
        )}
      </Show>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}
