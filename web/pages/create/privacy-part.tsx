/** Model and privacy, with their live costs and benefits in numbers. Rounds and promises are in the preview. */
import { createMemo, Show, type JSX } from 'solid-js';
import type { PolicyQuote } from '#workers/founding/api';
import { t } from '../../i18n/t.ts';
import { DELTAS, EPSILON, groupName, HIDDEN_UNITS, type FoundingForm } from '../../state/founding/founding-form.ts';
import { numberOf } from '../../state/typed-text.ts';
import { Fact } from '../../ui/facts.tsx';
import { bytes, count, odds, quantity } from '../../words/format.ts';
import { controlId, FieldNotes, namesOf, SelectField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Part } from './part.tsx';
import { personIn } from './sample-findings.tsx';
import { unitOf } from './suggested.ts';

type Model = FoundingForm['policy']['model'];

/** Noise on the mean of all participants, relative to the influence of one row: little below the first value, a lot above the second. */
const NOISE_LITTLE = 0.01;
const NOISE_MUCH = 0.1;

/** Models for this kind of data, the proposed one first. */
function modelsFor(source: FoundingForm['source']): readonly Model[] {
  if (source === 'recordings') return ['layers', 'logistic', 'hidden'];
  return source === 'pictures' ? ['logistic', 'layers', 'hidden'] : ['logistic', 'hidden'];
}

const modelName = (model: Model): string =>
  model === 'hidden' ? t('create.model.hidden', { n: HIDDEN_UNITS }) : t(`create.model.${model}`);

function modelHint(model: Model, source: FoundingForm['source']): string {
  if (model !== 'layers') return t(`create.model.${model}.hint`);
  return source === 'recordings' ? t('create.model.layers.recordings') : t('create.model.layers.pictures');
}

export function PrivacyPart(props: { readonly founder: Founder }): JSX.Element {
  const policy = () => props.founder.form.policy;
  const edit = (field: string, change: Partial<FoundingForm['policy']>) =>
    props.founder.edit(`policy.${field}`, { policy: { ...policy(), ...change } });
  const source = () => props.founder.form.source;
  const grouped = () => groupName(props.founder.form) !== null;
  const brought = () => (source() === 'recordings' ? 'recordings' : source() === 'pictures' ? 'pictures' : grouped() ? 'groups' : 'rows');
  const risky = () => Number(policy().delta) >= 1 / numberOf(policy().rowsEach);
  return (
    <Part title={t('create.privacy.title')}>
      <SelectField
        founder={props.founder}
        field="policy.hidden"
        label={t('create.model.legend')}
        hint={modelHint(policy().model, source())}
        value={policy().model}
        options={modelsFor(source()).map((model) => [model, modelName(model)] as const)}
        onChoose={(model) => edit('hidden', { model: model as Model })}
      />
      <EpsilonField founder={props.founder} onEpsilon={(epsilon) => edit('epsilon', { epsilon })} />
      <div class="field-row">
        <TextField
          founder={props.founder}
          field="policy.members"
          label={t('create.privacy.members')}
          hint={t('create.privacy.members.hint')}
          kind="numeric"
          value={policy().members}
          onInput={(members) => edit('members', { members })}
        />
        <TextField
          founder={props.founder}
          field="policy.rowsEach"
          label={t(`create.privacy.${brought()}`)}
          hint={t('create.privacy.rows.hint')}
          kind="numeric"
          value={policy().rowsEach}
          onInput={(rowsEach) => edit('rowsEach', { rowsEach })}
        />
        <SelectField
          founder={props.founder}
          field="policy.delta"
          label={t('create.privacy.delta')}
          hint={t('create.privacy.delta.hint')}
          value={policy().delta}
          options={DELTAS.map((delta) => [delta, odds(Number(delta))] as const)}
          onChoose={(delta) => edit('delta', { delta })}
        />
      </div>
      <Show when={risky()}>
        <p class="finding" role="status">
          {t('create.privacy.risky', { odds: odds(Number(policy().delta)), rows: policy().rowsEach })}
        </p>
      </Show>
      <Show when={props.founder.price()}>{(quote) => <QuoteFacts founder={props.founder} quote={quote()} />}</Show>
      <p class="quiet">{t('create.robust')}</p>
    </Part>
  );
}

function EpsilonField(props: { readonly founder: Founder; readonly onEpsilon: (epsilon: number) => void }): JSX.Element {
  const epsilon = () => props.founder.form.policy.epsilon;
  const text = () => t('create.privacy.epsilon.value', { epsilon: quantity(epsilon()) });
  const names = createMemo(() => namesOf({ founder: props.founder, field: 'policy.epsilon', label: '', hint: '-' }));
  /** The figure for a person with several rows comes first. */
  const hint = () => {
    const [person, row] = [personIn(props.founder), t('create.privacy.epsilon.hint', { one: unitOf(props.founder.form) })];
    return person === null ? row : `${t('create.unit.alone', person)} ${row}`;
  };
  return (
    <div class="field">
      <div class="dial">
        <label for={controlId('policy.epsilon')}>{t('create.privacy.epsilon')}</label>
        <output for={controlId('policy.epsilon')}>{text()}</output>
        <input
          id={controlId('policy.epsilon')}
          type="range"
          min={EPSILON.min}
          max={EPSILON.max}
          step={EPSILON.step}
          value={epsilon()}
          aria-valuetext={text()}
          aria-invalid={names().error !== null}
          aria-describedby={names().describedBy}
          onInput={(event) => props.onEpsilon(event.currentTarget.valueAsNumber)}
        />
      </div>
      <FieldNotes names={names()} hint={hint()} />
    </div>
  );
}

function QuoteFacts(props: { readonly founder: Founder; readonly quote: PolicyQuote }): JSX.Element {
  const share = () => props.quote.noiseShare;
  const judged = () =>
    share() < NOISE_LITTLE
      ? t('create.quote.noise.little')
      : share() < NOISE_MUCH
        ? t('create.quote.noise.some')
        : t('create.quote.noise.much');
  const noise = () => t('create.quote.noise', { one: unitOf(props.founder.form), share: quantity(share() * 100) });
  return (
    <>
      <dl class="facts">
        <Fact name={t('create.quote.sigma')}>{t('create.quote.sigma.value', { sigma: quantity(props.quote.sigma) })}</Fact>
        <Fact name={t('create.quote.parameters')}>{count(props.quote.parameters)}</Fact>
        <Fact name={t('create.quote.bytes')}>{bytes(props.quote.updateBytes)}</Fact>
        <Fact name={t('create.quote.total')}>{bytes(props.quote.bytes)}</Fact>
      </dl>
      <p class="quiet" role="status">
        {noise()} {judged()}
      </p>
    </>
  );
}
