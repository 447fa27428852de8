/** The consent text that follows from a founder's choices; a founder may write another. */
import { plural, t } from '../../i18n/t.ts';
import { hasSample, type FoundingForm } from '../../state/founding-form.ts';
import { numberOf } from '../../state/typed-text.ts';
import { odds, quantity } from '../../ui/format.ts';

const TABLE = { many: 'create.consent.rows', one: 'create.consent.oneRow' } as const;
const WORDS = {
  file: TABLE,
  scratch: TABLE,
  pictures: { many: 'create.consent.pictures', one: 'create.consent.onePicture' },
  recordings: { many: 'create.consent.recordings', one: 'create.consent.oneRecording' },
} as const;

export function suggestedConsent(form: FoundingForm): string {
  const { policy, group, columns, source, test } = form;
  const unit = group.column === null || source === 'recordings' ? undefined : columns[group.column]?.name;
  const rows = t(WORDS[source ?? 'file'].many);
  const limits = { epsilon: quantity(policy.epsilon), odds: odds(Number(policy.delta)) };
  const kept = numberOf(group.rowsMax);
  return [
    t('create.consent.stay', { rows }),
    `${t('create.consent.update', { rows })} ${t('create.consent.noise')}`,
    unit === undefined
      ? t('create.consent.each', { one: t(WORDS[source ?? 'file'].one), ...limits })
      : plural('create.consent.group', Number.isFinite(kept) ? kept : 0, { unit, ...limits }),
    t('create.consent.seen'),
    ...(hasSample(form) && test.open ? [t('create.consent.test')] : []),
    t('create.consent.end'),
  ].join('\n');
}
