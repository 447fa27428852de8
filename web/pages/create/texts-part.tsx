/** What participants read before they join: description, region and consent, derived from the choices until somebody edits them. */
import { Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { AreaField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Part } from './part.tsx';

export function TextsPart(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const suggested = () => props.founder.suggested();
  return (
    <Part title={t('create.texts.title')}>
      <AreaField
        founder={props.founder}
        field="description"
        label={t('create.texts.description')}
        hint={t('create.texts.description.hint')}
        rows={3}
        value={form().description ?? suggested().description}
        onInput={(description) => props.founder.edit('description', { description })}
      />
      <TextField
        founder={props.founder}
        field="region"
        label={t('create.texts.region')}
        hint={t('create.texts.region.hint')}
        value={form().region ?? suggested().region}
        onInput={(region) => props.founder.edit('region', { region })}
      />
      <AreaField
        founder={props.founder}
        field="consent"
        label={t('create.texts.consent')}
        hint={form().consent === null ? t('create.texts.consent.follows') : t('create.texts.consent.own')}
        rows={9}
        value={form().consent ?? suggested().consent}
        onInput={(consent) => props.founder.edit('consent', { consent })}
      />
      <Show when={form().consent !== null}>
        <button type="button" class="button" onClick={() => props.founder.edit('consent', { consent: null })}>
          {t('create.texts.consent.again')}
        </button>
      </Show>
    </Part>
  );
}
