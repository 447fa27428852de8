/** Pause or resume, finish and leave, leave now: always available while this device takes part, each with its cost. */
import { createSignal, createUniqueId, Show, type JSX } from 'solid-js';
import type { Activity, Result } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

/** @param props.over training has ended here: one can only leave, which makes joining with another budget possible */
export function Verbs(props: { readonly calls: PeerCalls; readonly activity: Activity; readonly over: boolean }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const run = async (call: () => Promise<Result<null>>) => {
    if (busy()) return;
    setBusy(true);
    const answer = await call().catch(failed);
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
  };
  const paused = () => props.activity === 'paused';
  const leaving = () => props.activity === 'leaving';
  return (
    <section class="verbs" aria-label={t('train.verbs')}>
      <Show when={!props.over}>
        {/* One button for both, so that it keeps the focus. */}
        <Verb
          name={paused() ? t('train.resume') : t('train.pause')}
          cost={paused() ? t('train.resume.text') : t('train.pause.text')}
          disabled={leaving()}
          onPress={() => void run(() => (paused() ? props.calls.resume() : props.calls.pause()))}
        />
        <Verb
          name={t('train.finish')}
          cost={t('train.finish.text')}
          disabled={leaving()}
          onPress={() => void run(() => props.calls.finish())}
        />
      </Show>
      <Verb name={t('train.leave')} cost={t('train.leave.text')} disabled={false} onPress={() => void run(() => props.calls.leave())} />
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}

interface VerbProps {
  readonly name: string;
  readonly cost: string;
  readonly disabled: boolean;
  readonly onPress: () => void;
}

function Verb(props: VerbProps): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="verb">
      <button type="button" class="button" aria-describedby={id} disabled={props.disabled} onClick={() => props.onPress()}>
        {props.name}
      </button>
      <p id={id} class="quiet">
        {props.cost}
      </p>
    </div>
  );
}
