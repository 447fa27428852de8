/** Answers a newcomer's questions: how it works, what others see, what is not protected, what to do if something is stuck. */
import { For, type JSX } from 'solid-js';
import { t, type TextKey } from '../i18n/t.ts';
import { usePageTitle } from '../ui/title.ts';
import { Words } from './project-parts/words.tsx';

const PARTS: readonly { readonly id: string; readonly title: TextKey; readonly points: readonly TextKey[] }[] = [
  { id: 'how', title: 'help.how', points: ['help.how.round', 'help.how.stay', 'help.how.worth'] },
  {
    id: 'others',
    title: 'help.others',
    points: ['help.others.update', 'help.others.presence', 'help.others.address', 'help.others.model'],
  },
  {
    id: 'trust',
    title: 'help.trust',
    points: ['help.trust.row', 'help.trust.page', 'help.trust.liar', 'help.trust.review', 'help.trust.count'],
  },
  { id: 'stuck', title: 'help.stuck', points: ['help.stuck.nobody', 'help.stuck.relay', 'help.stuck.spent', 'help.stuck.private'] },
  { id: 'host', title: 'help.host', points: ['help.host.run', 'help.host.others'] },
];

export default function Help(): JSX.Element {
  usePageTitle(() => t('help.title'));
  return (
    <div class="page narrow help">
      <h1>{t('help.title')}</h1>
      <For each={PARTS}>
        {({ id, title, points }) => (
          <section id={id} aria-labelledby={`help-${id}`}>
            <h2 id={`help-${id}`}>{t(title as 'help.how')}</h2>
            <ul class="help-points">
              <For each={points}>{(point) => <li>{t(point as 'help.how.round')}</li>}</For>
            </ul>
          </section>
        )}
      </For>
      <Words />
    </div>
  );
}
