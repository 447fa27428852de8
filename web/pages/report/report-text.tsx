/** A privacy report in words, one section per question. The figures are the report's own. */
import { For, Show, type JSX } from 'solid-js';
import type { SignedReport } from '#protocol/privacy/ledger/report-check';
import type { ReportBody } from '#protocol/privacy/ledger/report-shape';
import { plural, t } from '../../i18n/t.ts';
import { Fact } from '../../ui/facts.tsx';
import { bytes, certainty, count, odds } from '../../words/format.ts';
import { atMost, moment, power } from './figures.ts';
import { AccountantTable, PhaseTable, RecipientTable } from './report-tables.tsx';

export function ReportText(props: { readonly signed: SignedReport }): JSX.Element {
  const body = () => props.signed.body;
  const unit = () => t(`report.unit.${protectedBy(body())}`);
  return (
    <div class="report-parts">
      <dl class="facts report-head">
        <Fact name={t('report.made')}>{moment(body().at)}</Fact>
        <Fact name={t('report.site')}>{t('report.site.text', { site: body().site })}</Fact>
      </dl>
      <Part id="plain" title={t('report.plain')}>
        <Plain body={body()} unit={unit()} />
      </Part>
      <Part id="formal" title={t('report.formal')}>
        <blockquote class="formal">
          {t('report.formal.text', {
            rounds: count(body().lifetime.rounds),
            unit: unit(),
            epsilon: atMost(body().guarantee.epsilon),
            delta: power(body().guarantee.delta),
          })}
        </blockquote>
        <p class="quiet">{t('report.formal.how')}</p>
      </Part>
      <Part id="accountants" title={t('report.accountants')}>
        <AccountantTable guarantee={body().guarantee} labelledBy="report-accountants" />
      </Part>
      <Show when={body().phases.length > 0}>
        <Part id="phases" title={t('report.phases')}>
          <PhaseTable phases={body().phases} labelledBy="report-phases" />
        </Part>
      </Show>
      <Part id="left" title={t('report.left')}>
        <dl class="facts column">
          <Fact name={t('report.left.paid')}>{count(body().left.paid)}</Fact>
          <Fact name={t('report.left.updates')}>{count(body().left.updates)}</Fact>
          <Fact name={t('report.left.bytes')}>{bytes(body().left.updateBytes)}</Fact>
          <Fact name={t('report.left.visit')}>{bytes(body().left.visitBytes)}</Fact>
        </dl>
      </Part>
      <Part id="who" title={t('report.who')}>
        <RecipientTable recipients={body().recipients} labelledBy="report-who" />
      </Part>
      <Part id="not" title={t('report.not')}>
        <ul class="plain-list">
          <For each={body().notCovered}>
            {(code) => <li>{code === 'beyond-unit' ? t('report.not.beyond-unit', { unit: unit() }) : t(`report.not.${code}`)}</li>}
          </For>
        </ul>
      </Part>
      <Part id="kept" title={t('report.kept')}>
        <ul class="plain-list">
          <For each={body().retention}>{(code) => <li>{t(`report.kept.${code}`)}</li>}</For>
        </ul>
      </Part>
      <Part id="undo" title={t('report.undo')}>
        <ul class="plain-list">
          <For each={body().cannotUndo}>{(code) => <li>{t(`report.undo.${code}`)}</li>}</For>
        </ul>
      </Part>
      <Part id="check" title={t('report.check')}>
        <p>{t('report.check.text')}</p>
        <dl class="report-keys">
          <Key name={t('report.check.signed')} value={props.signed.by} />
          <Key name={t('report.check.ledger', { records: count(body().ledger.records) })} value={body().ledger.head} />
          <Key name={t('report.check.account')} value={body().account} />
          <Key name={t('report.key')} value={body().member} />
          <Key name={t('report.steward')} value={body().federation.steward} />
        </dl>
      </Part>
    </div>
  );
}

function Part(props: { readonly id: string; readonly title: string; readonly children: JSX.Element }): JSX.Element {
  return (
    <section class="report-part" data-part={props.id} aria-labelledby={`report-${props.id}`}>
      <h2 id={`report-${props.id}`}>{props.title}</h2>
      {props.children}
    </section>
  );
}

function Key(props: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        <code>{props.value}</code>
      </dd>
    </div>
  );
}

/** A single row is not the unit of rounds that clip whole groups: without it, its group's contribution may reverse. */
function protectedBy({ unit, phases }: ReportBody): 'group' | 'example' | 'alone' {
  return unit === 'example' && phases.some((phase) => phase.unit !== 'example') ? 'alone' : unit;
}

function Plain(props: { readonly body: ReportBody; readonly unit: string }): JSX.Element {
  const lifetime = () => props.body.lifetime;
  const guarantee = () => props.body.guarantee;
  return (
    <>
      <p class="strong">
        <Show when={lifetime().rounds > 0} fallback={t('report.plain.nothing')}>
          {plural('report.plain.used', lifetime().rounds)}
          <Show when={lifetime().federations > 0}> {plural('report.plain.federations', lifetime().federations)}</Show>
          <Show when={lifetime().imports > 0}> {t('report.plain.imports')}</Show>
        </Show>
      </p>
      <p>
        <Show when={guarantee().epsilon !== null} fallback={t('report.plain.unbounded')}>
          {t('report.plain.sure', { unit: props.unit, percent: certainty(guarantee().probability), odds: odds(guarantee().delta) })}
        </Show>
      </p>
      <Show when={props.body.limit}>{(limit) => <p>{t('report.plain.limit', { limit: atMost(limit()) })}</p>}</Show>
    </>
  );
}
