/** The top of a practice: its name, whether it runs, who takes part, and the next thing to do. */
import { A } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { Practice } from '../../state/practice/practice.ts';
import { saveFile } from '../../ui/save-file.ts';
import { Menu } from '../stage/menu.tsx';
import type { MeshNode } from '../stage/mesh.tsx';
import { Participants } from '../stage/participants.tsx';

export interface PracticeBarProps {
  readonly practice: Practice;
  readonly title: string;
  readonly nodes: readonly MeshNode[];
  /** All rounds are done, or it was stopped. */
  readonly over: boolean;
  /** There is a model to download. */
  readonly made: boolean;
  readonly onAgain: () => void;
  /** Where the reader's own rows can take part; null in the demo. */
  readonly onJoin: string | null;
}

export function PracticeBar(props: PracticeBarProps): JSX.Element {
  const save = async () => {
    const answer = await props.practice.download();
    if (answer.ok) saveFile(answer.value.name, new Blob([answer.value.bytes]));
  };
  return (
    <div class="bar">
      <h1>{props.title}</h1>
      <p class="state-chip" data-tone={props.over ? 'done' : 'busy'}>
        {props.over ? t('state.done') : t('state.training')}
      </p>
      <Participants list={props.nodes.map(({ name }, i) => ({ name, you: i === 0 }))} />
      <div class="bar-actions">
        <Show when={props.onJoin} fallback={<Onward over={props.over} />}>
          {(path) => (
            <A class="button primary" href={path()}>
              {t('practice.join')}
            </A>
          )}
        </Show>
        <Menu>
          {/* One button for both, so that it keeps the focus. */}
          <button
            type="button"
            class="button"
            disabled={props.practice.state() === 'starting'}
            onClick={() => (props.over ? props.onAgain() : props.practice.stop())}
          >
            {props.over ? t('practice.again') : t('practice.stop')}
          </button>
          <button type="button" class="button" disabled={!props.made} onClick={() => void save()}>
            {t('stage.download')}
          </button>
        </Menu>
      </div>
    </div>
  );
}

/** The next step after the demo: first to try the model, then a project of one's own. */
function Onward(props: { readonly over: boolean }): JSX.Element {
  return (
    <Show
      when={props.over}
      fallback={
        <button type="button" class="button primary" onClick={() => goTo('#try')}>
          {t('stage.try')}
        </button>
      }
    >
      <A class="button primary" href="/new">
        {t('demo.create')}
      </A>
    </Show>
  );
}

function goTo(selector: string): void {
  const place = document.querySelector<HTMLElement>(selector);
  place?.scrollIntoView({ block: 'center' });
  place?.focus({ preventScroll: true });
}
