/** The top of a project: its name, what it is doing, who is here, and the next thing to do; rare actions are behind three dots. */
import { A } from '@solidjs/router';
import { createSignal, Match, Show, Switch, type Accessor, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { OpenFederation } from '../../state/federation.ts';
import { hasModel, isActive } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { birdName } from '../../ui/bird-name.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { Menu } from '../stage/menu.tsx';
import { Participants, type Participant } from '../stage/participants.tsx';
import { InviteSheet } from './invite.tsx';
import type { Role } from '../../words/role.ts';
import { participantsOf, stateOf } from '../../words/sentence.ts';
import { Verbs } from './verbs.tsx';

export interface BarProps {
  readonly open: OpenFederation;
  readonly snapshot: Accessor<Snapshot>;
  readonly role: Role;
  /** More participants are needed. */
  readonly inviting: boolean;
}

export function Bar(props: BarProps): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const download = async () => {
    setBusy(true);
    const answer = await props.open.calls.download().catch(failed);
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) saveFile(answer.value.name, new Blob([answer.value.bytes]));
  };
  const id = () => props.open.manifest.id;
  const state = () => stateOf(props.snapshot(), props.role);
  const others = (): readonly Participant[] => [
    ...(props.role.member || props.role.mirror ? [{ name: birdName(props.snapshot().self), you: true }] : []),
    ...participantsOf(props.snapshot()).map(({ peer }) => ({ name: birdName(peer), you: false })),
  ];
  const canTake = () => !props.role.mirror && hasModel(props.snapshot());
  const Download = (button: { readonly primary: boolean }) => (
    <button type="button" class="button" classList={{ primary: button.primary }} disabled={busy()} onClick={() => void download()}>
      {t('stage.download')}
    </button>
  );
  return (
    <div class="bar">
      <h1>{props.open.manifest.body.name}</h1>
      <p class="state-chip" data-tone={state().tone}>
        {state().text}
      </p>
      <Participants list={others()} />
      <div class="bar-actions">
        <Switch>
          <Match when={props.role.mirror}>{null}</Match>
          <Match when={props.snapshot().activity === 'ended' && !canTake()}>
            <A class="button primary" href="/#projects">
              {t('problem.projects')}
            </A>
          </Match>
          <Match when={props.role.over}>
            <A class="button" href={`/f/${id()}/try`}>
              {t('stage.try')}
            </A>
            <Show when={canTake()}>
              <Download primary={true} />
            </Show>
          </Match>
          <Match when={!props.role.member}>
            <A class="button primary" href={`/f/${id()}/join`}>
              {t('stage.join')}
            </A>
          </Match>
          <Match when={props.inviting}>
            <InviteSheet federation={id()} primary={true} />
          </Match>
          <Match when={true}>
            <InviteSheet federation={id()} primary={false} />
            <A class="button primary" href={`/f/${id()}/try`}>
              {t('stage.try')}
            </A>
          </Match>
        </Switch>
        <Show when={!props.role.mirror && (props.role.member || (canTake() && !props.role.over))}>
          <Menu>
            <Show when={props.role.member}>
              <Verbs calls={props.open.calls} activity={props.snapshot().activity} over={!isActive(props.snapshot())} />
            </Show>
            <Show when={canTake() && !props.role.over}>
              <Download primary={false} />
            </Show>
          </Menu>
        </Show>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </div>
  );
}
