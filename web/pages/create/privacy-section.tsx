/** Model, privacy policy and robustness, with what they cost and buy in numbers, live. */
import { createMemo, Match, Show, Switch, type JSX } from 'solid-js';
import { probabilityBound } from '#protocol/privacy/statement';
import type { PolicyQuote } from '#workers/founding/api';
import { plural, t } from '../../i18n/t.ts';
import { DELTAS, EPSILON, HIDDEN_UNITS, type FoundingForm } from '../../state/founding-form.ts';
import { numberOf } from '../../state/typed-text.ts';
import { Fact } from '../../ui/facts.tsx';
import { bytes, certainty, count, odds, quantity } from '../../ui/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Step } from '../../ui/step.tsx';
import { ChoiceField, controlId, FieldNotes, namesOf, SelectField, TextField } from './field.tsx';
import { hasPrice, hasTask, type Founder } from './founder.ts';

/** Noise on the mean of all members, in parts of what one row may change: below the first it is little, above the second a lot. */
const NOISE_LITTLE = 0.01;
const NOISE_MUCH = 0.1;

const oneOf = ({ form: { source } }: Founder) =>
  t(
    source === 'recordings' ? 'create.consent.oneRecording' : source === 'pictures' ? 'create.consent.onePicture' : 'create.consent.oneRow',
  );

/** Models that suit what members bring, the proposed one first. */
function modelsFor(source: FoundingForm['source']): readonly FoundingForm['policy']['model'][] {
  if (source === 'recordings') return ['layers', 'logistic', 'hidden'];
  return source === 'pictures' ? ['logistic', 'layers', 'hidden'] : ['logistic', 'hidden'];
}

function modelHint(model: FoundingForm['policy']['model'], source: FoundingForm['source']): string {
  if (model !== 'layers') return t(`create.model.${model}.hint`);
  return source === 'recordings' ? t('create.model.layers.recordings') : t('create.model.layers.pictures');
}

export function PrivacySection(props: { readonly founder: Founder }): JSX.Element {
  const policy = () => props.founder.form.policy;
  const edit = (field: string, change: Partial<FoundingForm['policy']>) =>
    props.founder.edit(`policy.${field}`, { policy: { ...policy(), ...change } });
  const group = () => props.founder.form.group.column !== null;
  const source = () => props.founder.form.source;
  const brought = () => (source() === 'recordings' ? 'recordings' : group() ? 'groups' : source() === 'pictures' ? 'pictures' : 'rows');
  const risky = () => Number(policy().delta) >= 1 / numberOf(policy().rowsEach);
  return (
    <Step number={3} of={7} title={t('create.privacy.title')} waiting={hasTask(props.founder.form) ? null : t('create.later')}>
      <ChoiceField
        name="model"
        legend={t('create.model.legend')}
        value={policy().model}
        choices={modelsFor(source()).map((value) => ({
          value,
          label: value === 'hidden' ? t('create.model.hidden', { n: HIDDEN_UNITS }) : t(`create.model.${value}`),
          hint: modelHint(value, source()),
        }))}
        onChoose={(model) => edit('hidden', { model })}
      />
      <EpsilonField founder={props.founder} onEpsilon={(epsilon) => edit('epsilon', { epsilon })} />
      <div class="field-row">
        <TextField
          founder={props.founder}
          field="policy.members"
          label={t('create.privacy.members')}
          kind="numeric"
          value={policy().members}
          onInput={(members) => edit('members', { members })}
        />
        <TextField
          founder={props.founder}
          field="policy.rowsEach"
          label={t(`create.privacy.${brought()}`)}
          kind="numeric"
          value={policy().rowsEach}
          onInput={(rowsEach) => edit('rowsEach', { rowsEach })}
        />
        <SelectField
          founder={props.founder}
          field="policy.delta"
          label={t('create.privacy.delta')}
          value={policy().delta}
          options={DELTAS.map((delta) => [delta, odds(Number(delta))] as const)}
          onChoose={(delta) => edit('delta', { delta })}
        />
      </div>
      <p class="quiet">{t('create.privacy.guess')}</p>
      <Show when={risky()}>
        <p class="notice" role="status">
          {t('create.privacy.risky', { odds: odds(Number(policy().delta)), rows: policy().rowsEach })}
        </p>
      </Show>
      <Consequences founder={props.founder} />
      <h3>{t('create.robust.title')}</h3>
      <p>{t('create.robust.mean')}</p>
      <p>{t('create.robust.liar')}</p>
    </Step>
  );
}

function EpsilonField(props: { readonly founder: Founder; readonly onEpsilon: (epsilon: number) => void }): JSX.Element {
  const epsilon = () => props.founder.form.policy.epsilon;
  const text = () => t('create.privacy.epsilon.value', { epsilon: quantity(epsilon()) });
  const names = createMemo(() => namesOf({ founder: props.founder, field: 'policy.epsilon', label: '', hint: '-' }));
  const sure = () => {
    const values = {
      one: oneOf(props.founder),
      percent: certainty(probabilityBound(epsilon())),
      delta: odds(Number(props.founder.form.policy.delta)),
    };
    return props.founder.form.group.column === null ? t('create.privacy.sure', values) : t('create.privacy.sure.group', values);
  };
  return (
    <div class="wide">
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
        <span class="quiet">{t('budget.low')}</span>
        <span class="quiet end">{t('budget.high')}</span>
      </div>
      <FieldNotes names={names()} hint={sure()} />
    </div>
  );
}

function Consequences(props: { readonly founder: Founder }): JSX.Element {
  const priced = () => {
    const quote = props.founder.quote();
    return quote?.ok === true ? quote.value : null;
  };
  const refused = () => {
    const quote = props.founder.quote();
    return quote?.ok === false ? quote.error : null;
  };
  return (
    <div class="report consequences">
      <h3>{t('create.quote.title')}</h3>
      <Switch fallback={<p class="quiet">{t(hasPrice(props.founder.form) ? 'create.quote.asking' : 'create.quote.waiting')}</p>}>
        <Match when={refused()}>{(shown) => <ProblemNotice problem={shown()} />}</Match>
        <Match when={priced()}>{(quote) => <QuoteFacts founder={props.founder} quote={quote()} />}</Match>
      </Switch>
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
  return (
    <>
      <dl class="facts">
        <Fact name={t('create.quote.rounds')}>{count(props.quote.rounds)}</Fact>
        <Fact name={t('create.quote.sigma')}>{t('create.quote.sigma.value', { sigma: quantity(props.quote.sigma) })}</Fact>
        <Fact name={t('create.quote.parameters')}>{count(props.quote.parameters)}</Fact>
        <Fact name={t('create.quote.bytes')}>{bytes(props.quote.updateBytes)}</Fact>
      </dl>
      <p role="status">
        {plural('create.quote.say', props.quote.rounds, {
          total: bytes(props.quote.bytes),
          members: props.founder.form.policy.members,
        })}{' '}
        {t('create.quote.noise', { one: oneOf(props.founder), share: quantity(share() * 100), members: props.founder.form.policy.members })}{' '}
        {judged()}
      </p>
    </>
  );
}
