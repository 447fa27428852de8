/** Settings of a round: how many participants it needs, how long it waits, and who keeps the record. */
import { createMemo, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { FoundingForm } from '../../state/founding/founding-form.ts';
import { short } from '../../words/format.ts';
import { controlId, FieldNotes, namesOf, TextField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Part } from './part.tsx';

export function RoundsPart(props: { readonly founder: Founder }): JSX.Element {
  const rounds = () => props.founder.form.rounds;
  const edit = (field: string, change: Partial<FoundingForm['rounds']>) =>
    props.founder.edit(`rounds.${field}`, { rounds: { ...rounds(), ...change } });
  const field = (name: string) => ({ founder: props.founder, field: `rounds.${name}`, kind: 'decimal' as const });
  return (
    <Part title={t('create.rounds.title')}>
      <div class="field-row">
        <TextField
          {...field('minContributors')}
          label={t('create.rounds.min')}
          hint={t('create.rounds.min.hint')}
          value={rounds().min}
          onInput={(min) => edit('minContributors', { min })}
        />
        <TextField
          {...field('maxContributors')}
          label={t('create.rounds.max')}
          hint={t('create.rounds.max.hint')}
          value={rounds().max}
          onInput={(max) => edit('maxContributors', { max })}
        />
        <TextField
          {...field('joinWindowMs')}
          label={t('create.rounds.join')}
          hint={t('create.rounds.join.hint')}
          value={rounds().joinS}
          onInput={(joinS) => edit('joinWindowMs', { joinS })}
        />
        <TextField
          {...field('deadlineMs')}
          label={t('create.rounds.deadline')}
          hint={t('create.rounds.deadline.hint')}
          value={rounds().deadlineS}
          onInput={(deadlineS) => edit('deadlineMs', { deadlineS })}
        />
      </div>
      <SeatFields founder={props.founder} />
    </Part>
  );
}

/** Federations founded here have one seat, the relay that serves this page: relays cannot connect to each other yet. */
function SeatFields(props: { readonly founder: Founder }): JSX.Element {
  const own = createMemo(() => namesOf({ founder: props.founder, field: 'seats', label: '' }));
  return (
    <div class="question" id={controlId('seats')} tabindex="-1">
      <h3>{t('create.seats.legend')}</h3>
      <p class="quiet">{t('create.seats.own')}</p>
      <FieldNotes names={own()} hint={undefined} />
      <Show when={props.founder.relay()} fallback={<p class="quiet">{t('create.seats.asking')}</p>}>
        {(known) => <p class="quiet">{t('create.seats.id', { id: short(known().id) })}</p>}
      </Show>
    </div>
  );
}
