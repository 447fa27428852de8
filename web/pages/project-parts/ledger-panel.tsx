/** The ledger of spent budget: whether this browser keeps it, what it cannot know, and how to export it or import another one. */
import { createResource, createSignal, createUniqueId, For, Show, type JSX } from 'solid-js';
import type { LedgerSummary } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { isKept } from '../../state/lasting-storage.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import '../../styles/ledger.css';
import { count, quantity } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { saveFile } from '../../ui/save-file.ts';

export interface LedgerPanelProps {
  readonly calls: PeerCalls;
  /** This device's contributions: each one changes the ledger. */
  readonly contributed: number;
}

export function LedgerPanel(props: LedgerPanelProps): JSX.Element {
  const [summary, { mutate }] = createResource(
    () => props.contributed + 1, // 0 would not fetch
    async () => {
      const answer = await props.calls.ledger().catch(failed);
      return answer.ok ? answer.value : null;
    },
  );
  const [lasting] = createResource(isKept);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const save = async () => {
    const answer = await props.calls.exportLedger().catch(failed);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) saveFile(answer.value.name, new Blob([answer.value.text], { type: 'application/json' }));
  };
  return (
    <section class="panel spent-record" aria-labelledby="panel-ledger">
      <h2 id="panel-ledger">{t('ledger.title')}</h2>
      <Show when={summary.latest}>
        {(told) => (
          <p>
            {plural('ledger.text', told().rounds)} <Show when={told().imported > 0}>{plural('ledger.imported', told().imported)}</Show>
          </p>
        )}
      </Show>
      <For each={summary.latest?.held}>
        {(one) => <HeldLine held={one} calls={props.calls} onSummary={mutate} onProblem={setProblem} />}
      </For>
      <Show when={lasting.latest}>{(kept) => <p>{t(`ledger.${kept()}`)}</p>}</Show>
      <details>
        <summary>{t('ledger.limits')}</summary>
        <p>{t('ledger.limits.site')}</p>
        <p>{t('ledger.limits.safari')}</p>
        <p>{t('ledger.limits.shared')}</p>
      </details>
      <div class="actions">
        <button type="button" class="button" onClick={() => void save()}>
          {t('ledger.export')}
        </button>
      </div>
      <Load calls={props.calls} onLoaded={mutate} onProblem={setProblem} />
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}

interface HeldProps {
  readonly held: LedgerSummary['held'][number];
  readonly calls: PeerCalls;
  readonly onSummary: (summary: LedgerSummary) => void;
  readonly onProblem: (problem: Shown | null) => void;
}

/** Rounds that count in full since an old ledger was restored, and a way for the owner to write them off. */
function HeldLine(props: HeldProps): JSX.Element {
  const [asked, setAsked] = createSignal(false);
  const writeOff = async () => {
    const answer = await props.calls.writeOff(props.held.federation).catch(failed);
    props.onProblem(answer.ok ? null : answer.error);
    if (answer.ok) props.onSummary(answer.value);
  };
  return (
    <>
      <p>
        {t('ledger.held', { title: props.held.title, rounds: count(props.held.rounds), epsilon: quantity(props.held.epsilon) })}{' '}
        {t('ledger.held.why')}
      </p>
      <Show when={asked()}>
        <p>{t('ledger.write-off.warning')}</p>
      </Show>
      <div class="actions">
        <Show
          when={asked()}
          fallback={
            <button type="button" class="button" onClick={() => setAsked(true)}>
              {t('ledger.write-off')}
            </button>
          }
        >
          <button type="button" class="button" onClick={() => void writeOff()}>
            {t('ledger.write-off.sure')}
          </button>
          <button type="button" class="button" onClick={() => setAsked(false)}>
            {t('ledger.write-off.cancel')}
          </button>
        </Show>
      </div>
    </>
  );
}

interface LoadProps {
  readonly calls: PeerCalls;
  readonly onLoaded: (summary: LedgerSummary) => void;
  readonly onProblem: (problem: Shown | null) => void;
}

function Load(props: LoadProps): JSX.Element {
  const [fileId, mineId, mineHintId] = [createUniqueId(), createUniqueId(), createUniqueId()];
  const [open, setOpen] = createSignal(false);
  const [mine, setMine] = createSignal(false);
  const [loaded, setLoaded] = createSignal(false);
  const load = async (file: File | undefined) => {
    if (file === undefined) return;
    setLoaded(false);
    const answer = await props.calls.importLedger(file, mine()).catch(failed);
    props.onProblem(answer.ok ? null : answer.error);
    if (answer.ok) props.onLoaded(answer.value);
    setLoaded(answer.ok);
  };
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('ledger.import')}</summary>
      {/* Optional: the file field appears only on request. */}
      <Show when={open()}>
        <p>{t('ledger.import.hint')}</p>
        <div class="choice">
          <input
            id={mineId}
            type="checkbox"
            checked={mine()}
            aria-describedby={mineHintId}
            onChange={(event) => setMine(event.currentTarget.checked)}
          />
          <label for={mineId}>{t('ledger.mine')}</label>
        </div>
        <p class="quiet" id={mineHintId}>
          {t('ledger.mine.hint')}
        </p>
        <label for={fileId}>{t('ledger.import.file')}</label>
        <input
          id={fileId}
          type="file"
          accept=".json,application/json"
          // Empties the field, so that choosing the same file with the other box ticked fires a change.
          onClick={(event) => (event.currentTarget.value = '')}
          onChange={(event) => void load(event.currentTarget.files?.[0])}
        />
        <p role="status">{loaded() ? t('ledger.loaded') : ''}</p>
      </Show>
    </details>
  );
}
