/** A free run on made-up rows before any budget is spent. The lab runs it; this page starts and stops it and shows its progress. */
import { createSignal, onCleanup, Show, type JSX } from 'solid-js';
import type { Manifest } from '#protocol/manifest/manifest';
import type { RehearsalStep } from '#workers/lab/api';
import { plural, t } from '../../i18n/t.ts';
import type { StartLab } from '../../state/lab.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { bytes, count, quantity } from '../../words/format.ts';
import { figure, goodness, measureOf } from '../../ui/goodness.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

/** Rows of a made-up member: the lot of a typical member over its sampling rate, as the manifest's public constants say. */
function typicalRows({ lot, rate, rowsMax }: Manifest['body']['privacy']): number {
  return Math.max(2, Math.min(rowsMax, 1000, Math.round(lot / rate)));
}

const MEMBERS_MAX = 8;

export function Rehearsal(props: { readonly manifest: Manifest; readonly startLab: StartLab }): JSX.Element {
  const body = () => props.manifest.body;
  const members = () => Math.min(MEMBERS_MAX, body().rounds.minContributors);
  const [running, setRunning] = createSignal(false);
  const [step, setStep] = createSignal<RehearsalStep | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  let wanted = true;
  onCleanup(() => (wanted = false));
  const run = async () => {
    wanted = true;
    setRunning(true);
    setStep(null);
    setProblem(null);
    const outcome = await rehearse().catch(failed);
    setRunning(false);
    if (!outcome.ok) setProblem(outcome.error);
  };
  const rehearse = async () => {
    const lab = await props.startLab();
    if (!lab.ok) return lab;
    const opened = await lab.value.open(props.manifest.id, body(), null, null);
    if (!opened.ok) return opened;
    return lab.value.rehearse({ members: members(), rowsEach: typicalRows(body().privacy) }, (next) => {
      setStep(next);
      return wanted;
    });
  };
  return (
    <div class="rehearsal">
      <p>{plural('rehearsal.text', members())}</p>
      <div class="actions">
        <Show
          when={running()}
          fallback={
            <button type="button" class="button" onClick={() => void run()}>
              {step() === null ? t('rehearsal.start') : t('rehearsal.again')}
            </button>
          }
        >
          <button type="button" class="button" onClick={() => (wanted = false)}>
            {t('rehearsal.stop')}
          </button>
        </Show>
        <Show when={running() ? step() : null}>
          {(now) => (
            <>
              <progress max={now().rounds} value={now().round} aria-label={t('rehearsal.title')} />
              <span class="quiet">{t('rehearsal.progress', { round: count(now().round), rounds: count(now().rounds) })}</span>
            </>
          )}
        </Show>
      </div>
      <div role="status">
        <Show when={running() && step() === null}>
          <p class="quiet">{t('rehearsal.running')}</p>
        </Show>
        <Show when={!running() && step()}>{(last) => <Result last={last()} />}</Show>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void run()} />}</Show>
    </div>
  );
}

function Result(props: { readonly last: RehearsalStep }): JSX.Element {
  const measure = () => measureOf(props.last);
  const seconds = () => (props.last.updateMs * props.last.rounds) / 1000;
  return (
    <>
      <p>
        {t('rehearsal.time', { ms: quantity(props.last.updateMs), seconds: quantity(seconds()) })}{' '}
        {t('rehearsal.bytes', { bytes: bytes(props.last.updateBytes) })}
      </p>
      <p>
        {t('rehearsal.progress', { round: count(props.last.round), rounds: count(props.last.rounds) })}.{' '}
        {t(`rehearsal.${measure()}`, { figure: goodness(props.last), guess: figure(props.last.guessing, measure()) })}
      </p>
      <p class="quiet">{t('rehearsal.promise')}</p>
    </>
  );
}
