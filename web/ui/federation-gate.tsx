/** Shows a federation's page once it is open; until then its loading state, a problem, or the project that this tab already trains in. */
import { A } from '@solidjs/router';
import { Match, Show, Switch, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import type { FederationState, FederationView, OpenFederation } from '../state/federation.ts';
import { Pending } from './pending.tsx';
import { ProblemNotice } from './problem-notice.tsx';

type StateAt<K extends FederationState['at']> = Extract<FederationState, { at: K }>;

export interface FederationGateProps {
  readonly view: FederationView;
  readonly children: (open: OpenFederation) => JSX.Element;
}

export function FederationGate(props: FederationGateProps): JSX.Element {
  const at = <K extends FederationState['at']>(name: K): StateAt<K> | undefined => {
    const state = props.view.state();
    return state.at === name ? (state as StateAt<K>) : undefined;
  };
  return (
    <div class="page">
      <Switch>
        <Match when={at('loading')}>
          {(state) => <Pending>{state().step === 'manifest' ? t('federation.opening') : t('federation.starting')}</Pending>}
        </Match>
        <Match when={at('problem')}>{(state) => <ProblemNotice problem={state().problem} retry={() => props.view.retry()} />}</Match>
        <Match when={at('busy')}>
          {(state) => (
            <div class="notice">
              <p class="notice-what">{t('federation.busy.title')}</p>
              <p>{t('federation.busy.text')}</p>
              <A class="button" href={`/f/${state().elsewhere}`}>
                {t('federation.busy.link')}
              </A>
            </div>
          )}
        </Match>
        <Match when={at('open')?.open}>
          {(open) => (
            <>
              <Show when={open().barred}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
              {props.children(open())}
            </>
          )}
        </Match>
      </Switch>
    </div>
  );
}
