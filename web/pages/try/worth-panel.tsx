/** Is joining worth it: the best model of this device alone beside the shared one, and a plain sentence if it is not. */
import { A, useLocation } from '@solidjs/router';
import { createEffect, createSignal, on, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { SoloComparison } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import type { Result } from '#workers/api';
import { failed, type Shown } from '../../state/problem.ts';
import { fetchTestSet } from '../../state/test-set.ts';
import { count } from '../../words/format.ts';
import { figure, goodness, measureOf } from '../../ui/goodness.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import type { OpenedModel } from './try-input.tsx';

export interface WorthPanelProps {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  readonly opened: OpenedModel;
  /** Called when a comparison starts: its model must stay until it is read. */
  readonly onTried: () => void;
}

export function WorthPanel(props: WorthPanelProps): JSX.Element {
  const [working, setWorking] = createSignal(false);
  const [found, setFound] = createSignal<SoloComparison | null>(null);
  const [nothing, setNothing] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const clear = () => {
    setFound(null);
    setNothing(false);
    setProblem(null);
  };
  createEffect(on(() => props.opened, clear, { defer: true }));
  const location = useLocation();
  let heading!: HTMLHeadingElement;
  // The panel appears once a model is open, long after the router has looked for the address's fragment.
  createEffect(() => {
    if (location.hash !== '#worth') return;
    heading.focus({ preventScroll: true });
    heading.scrollIntoView();
  });
  const ask = async (): Promise<Result<SoloComparison | null, Shown>> => {
    const { testSet } = props.manifest;
    if (testSet === null) return props.opened.lab.compareSolo(null);
    const bytes = await fetchTestSet(testSet);
    // Rows kept aside need no relay; only the lab knows whether there are any.
    if (bytes.ok) return props.opened.lab.compareSolo(bytes.value);
    const own = await props.opened.lab.compareSolo(null);
    return own.ok && own.value === null ? bytes : own;
  };
  const compare = async () => {
    const of = props.opened;
    props.onTried();
    clear();
    setWorking(true);
    const answer = await ask().catch(failed);
    setWorking(false);
    if (of !== props.opened) return; // another model's comparison
    setProblem(answer.ok ? null : answer.error);
    setFound(answer.ok ? answer.value : null);
    setNothing(answer.ok && answer.value === null);
  };
  return (
    <section class="try-part" id="worth" aria-labelledby="try-worth">
      <h2 id="try-worth" ref={heading} tabindex="-1">
        {t('try.worth')}
      </h2>
      <p>{t('try.worth.lead')}</p>
      <Show when={(props.opened.round ?? 0) > 0} fallback={<p class="quiet">{t('try.worth.first')}</p>}>
        <button type="button" class="button" disabled={working()} onClick={() => void compare()}>
          {t('try.worth.compare')}
        </button>
      </Show>
      <div role="status">
        <Show when={working()}>
          <p class="quiet">{t('try.worth.working')}</p>
        </Show>
        <Show when={nothing()}>
          <p>{t('try.worth.nothing')}</p>
        </Show>
        <Show when={found()}>{(comparison) => <Verdict found={comparison()} />}</Show>
      </div>
      <Show when={nothing()}>
        <A class="button" href={`/f/${props.federation}/join`}>
          {t('try.worth.join')}
        </A>
      </Show>
      <Show when={found()}>{(comparison) => <Numbers found={comparison()} />}</Show>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void compare()} />}</Show>
    </section>
  );
}

function Verdict(props: { readonly found: SoloComparison }): JSX.Element {
  return (
    <>
      <p class="strong">{t(`try.worth.${props.found.better}`)}</p>
      <Show when={props.found.better === 'solo'}>
        <p>{t('try.worth.solo.why')}</p>
      </Show>
    </>
  );
}

function Numbers(props: { readonly found: SoloComparison }): JSX.Element {
  return (
    <>
      <table class="worth-table">
        <caption>{t('try.worth.table')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('try.worth.who')}</th>
            <th scope="col">{t(`train.score.${measureOf(props.found.mesh)}`)}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t('try.worth.together')}</th>
            <td>{goodness(props.found.mesh)}</td>
          </tr>
          <tr>
            <th scope="row">{t(`try.worth.alone.${props.found.kind}`)}</th>
            <td>{goodness(props.found.solo)}</td>
          </tr>
          <tr>
            <th scope="row">{t('try.worth.guessing')}</th>
            <td>{figure(props.found.guessing, measureOf(props.found.mesh))}</td>
          </tr>
        </tbody>
      </table>
      <p class="quiet">
        {t(`try.worth.on.${props.found.on}`, { rows: count(props.found.rows) })} {t('try.worth.test')}
      </p>
    </>
  );
}
