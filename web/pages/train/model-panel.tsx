/** The certified model, to take along as a file. */
import { createSignal, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { short } from '../../ui/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

export interface ModelPanelProps {
  readonly calls: PeerCalls;
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
    if (answer.ok) save(answer.value.name, answer.value.bytes);
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
              <button type="button" class="button" disabled={busy()} onClick={() => void download()}>
                {t('train.model.download')}
              </button>
            </Show>
          </>
        )}
      </Show>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}

function save(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download holds the blob from here on; a moment later even in browsers that start it late.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
