/**
 * "My privacy report": what this device has revealed in one federation, in words and figures, to read, to print on one page for a
 * data-protection officer, and to download as a signed file. The peer makes and signs it; this page only words it.
 */
import { A, useParams } from '@solidjs/router';
import { createEffect, createSignal, on, Show, type JSX } from 'solid-js';
import type { SignedReport } from '#protocol/privacy/ledger/report-check';
import { t } from '../i18n/t.ts';
import { viewFederation, type FederationView, type OpenFederation } from '../state/federation.ts';
import { usePeer } from '../state/peer.ts';
import { failed, type Shown } from '../state/problem.ts';
import '../styles/report.css';
import { FederationGate } from '../ui/federation-gate.tsx';
import { MirrorNotice } from '../ui/mirror-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { saveFile } from '../ui/save-file.ts';
import { usePageTitle } from '../ui/title.ts';
import { ReportText } from './report/report-text.tsx';

export default function Report(): JSX.Element {
  const params = useParams<{ id: string }>();
  const view = viewFederation(() => params.id, usePeer());
  return <FederationGate view={view}>{(open) => <Opened open={open} view={view} />}</FederationGate>;
}

function Opened(props: { readonly open: OpenFederation; readonly view: FederationView }): JSX.Element {
  const peer = usePeer();
  const manifest = () => props.open.manifest;
  /** Undefined while it is being made; null if there is nothing to report. */
  const [report, setReport] = createSignal<SignedReport | null | undefined>();
  const [problem, setProblem] = createSignal<Shown | null>(null);
  usePageTitle(() => t('report.title'));
  const make = async () => {
    setReport(undefined);
    setProblem(null);
    const answer = await props.open.calls.report().catch(failed);
    if (answer.ok) setReport(answer.value);
    else if (answer.error.code === 'not-found' && answer.error.detail.field === 'report') setReport(null);
    else setProblem(answer.error);
  };
  createEffect(
    on(
      () => props.view.mirror(),
      (mirror) => {
        if (!mirror) void make();
      },
    ),
  );
  const save = (signed: SignedReport) => {
    const date = new Date(signed.body.at).toISOString().slice(0, 10);
    saveFile(`privacy-report-${date}.json`, new Blob([`${JSON.stringify(signed, null, 2)}\n`], { type: 'application/json' }));
  };
  return (
    <article class="privacy-report">
      <h1>{t('report.title')}</h1>
      <p class="lead">{t('report.lead', { name: manifest().body.name })}</p>
      <p class="crumb">
        <A href={`/f/${manifest().id}`}>{t('report.back')}</A>
      </p>
      <Show when={!props.view.mirror()} fallback={<MirrorNotice elsewhere={false} link={peer.snapshot()?.federation ?? null} />}>
        <div role="status">
          <Show when={report() === undefined && problem() === null}>
            <p class="quiet pending">{t('report.making')}</p>
          </Show>
          <Show when={report() === null}>
            <div class="notice">
              <p class="notice-what">{t('report.none')}</p>
              <p>{t('report.none.text')}</p>
            </div>
          </Show>
        </div>
        <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void make()} />}</Show>
        <Show when={report()}>
          {(signed) => (
            <>
              <div class="actions">
                <button type="button" class="button primary" onClick={() => save(signed())}>
                  {t('report.download')}
                </button>
                <button type="button" class="button" onClick={() => window.print()}>
                  {t('report.print')}
                </button>
                <button type="button" class="button" onClick={() => void make()}>
                  {t('report.again')}
                </button>
              </div>
              <ReportText signed={signed()} />
            </>
          )}
        </Show>
      </Show>
    </article>
  );
}
