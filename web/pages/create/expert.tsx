/** All proposals, for editing: optional for founders. Closed until somebody opens it or a field in it is wrong. */
import { Match, Show, Switch, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { hasTask } from '../../state/founding/founding-form.ts';
import { ColumnsPart } from './columns-part.tsx';
import { TextField } from './field.tsx';
import type { Founder } from './founder.ts';
import { PicturesPart } from './pictures-part.tsx';
import { PrivacyPart } from './privacy-part.tsx';
import { RecordingsPart } from './recordings-part.tsx';
import { RoundsPart } from './rounds-part.tsx';
import { TestSetPart } from './test-set-part.tsx';
import { TextsPart } from './texts-part.tsx';

export function Expert(props: { readonly founder: Founder }): JSX.Element {
  const source = () => props.founder.form.source;
  return (
    <details class="expert">
      <summary>{t('create.expert')}</summary>
      <div class="parts">
        <Show when={hasTask(props.founder.form)}>
          <Switch fallback={<ColumnsPart founder={props.founder} />}>
            <Match when={source() === 'pictures'}>
              <PicturesPart founder={props.founder} />
            </Match>
            <Match when={source() === 'recordings'}>
              <RecordingsPart founder={props.founder} />
            </Match>
          </Switch>
        </Show>
        <PrivacyPart founder={props.founder} />
        <RoundsPart founder={props.founder} />
        <TextsPart founder={props.founder} />
        <TestSetPart founder={props.founder} />
        <Show when={props.founder.asksHost()}>
          <TextField
            founder={props.founder}
            field="invitation"
            label={t('create.invitation')}
            hint={t('create.invitation.hint')}
            value={props.founder.form.invitation}
            onInput={(invitation) => props.founder.edit(null, { invitation })}
          />
        </Show>
      </div>
    </details>
  );
}
