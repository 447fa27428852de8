/** A project of this relay in plain words: what it learns, who takes part, what it protects, whether the reader takes part. */
import { A } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import type { FederationLine } from '#protocol/rest';
import { plural, t } from '../../i18n/t.ts';
import { usePeer } from '../../state/peer.ts';
import { tookPart } from '../../state/taken-part.ts';
import { count } from '../../words/format.ts';

export type ProjectLine = Pick<FederationLine, 'id' | 'name' | 'description' | 'members' | 'models' | 'rounds' | 'unit'>;

export function ProjectCard(props: { readonly line: ProjectLine }): JSX.Element {
  const peer = usePeer();
  const id = () => props.line.id;
  const finished = () => props.line.models >= props.line.rounds;
  /** Also true if another tab of this browser is the one that trains. */
  const takesPart = () => peer.joined() === id() || (peer.snapshot()?.mirror === true && peer.snapshot()!.federation === id());
  const inside = () => takesPart() || tookPart(id());
  const who = () => (props.line.members === 0 ? t('card.nobody') : plural('card.here', props.line.members));
  const far = () => {
    const { models, rounds } = props.line;
    if (finished()) return t('card.done');
    return models === 0 ? t('card.new') : t('card.round', { round: count(models), rounds: count(rounds) });
  };
  const protects = () => {
    const { unit } = props.line;
    return unit === 'example' || unit === 'group' ? [t(`card.protects.${unit}`)] : [];
  };
  return (
    <li class="card">
      <h3>
        <A href={`/f/${id()}`}>{props.line.name}</A>
      </h3>
      <p>{props.line.description}</p>
      <p class="quiet">{[far(), who(), ...protects()].join(' · ')}</p>
      <div class="actions">
        <Show when={inside()}>
          <span class="tag">{takesPart() ? t('card.inside') : t('card.was')}</span>
        </Show>
        <Show
          when={!finished()}
          fallback={
            <A class="button" href={`/f/${id()}/try`} aria-label={t('card.tryNamed', { name: props.line.name })}>
              {t('card.try')}
            </A>
          }
        >
          <Show
            when={takesPart()}
            fallback={
              <>
                <A class="button" href={`/f/${id()}/join`} aria-label={t('card.joinNamed', { name: props.line.name })}>
                  {t('card.join')}
                </A>
                <A href={`/f/${id()}`} aria-label={t('card.watchNamed', { name: props.line.name })}>
                  {t('card.watch')}
                </A>
              </>
            }
          >
            <A class="button" href={`/f/${id()}`} aria-label={t('card.openNamed', { name: props.line.name })}>
              {t('card.open')}
            </A>
          </Show>
        </Show>
      </div>
    </li>
  );
}
