/** The consent text that follows from a founder's choices; a founder may write another. */
import { plural, t } from '../../i18n/t.ts';
import { numberOf, type FoundingForm } from '../../state/founding-form.ts';
import { odds, quantity } from '../../ui/format.ts';

export function suggestedConsent(form: FoundingForm): string {
  const { policy, group, columns, source, test } = form;
  const unit = group.column === null ? undefined : columns[group.column]?.name;
  const rows = source === 'pictures' ? t('create.consent.pictures') : t('create.consent.rows');
  const limits = { epsilon: quantity(policy.epsilon), odds: odds(Number(policy.delta)) };
  const kept = numberOf(group.rowsMax);
  return [
    t('create.consent.stay', { rows }),
    `${t('create.consent.update', { rows })} ${t('create.consent.noise')}`,
    unit === undefined
      ? t('create.consent.each', { one: source === 'pictures' ? t('create.consent.onePicture') : t('create.consent.oneRow'), ...limits })
      : plural('create.consent.group', Number.isFinite(kept) ? kept : 0, { unit, ...limits }),
    t('create.consent.seen'),
    ...(source === 'file' && test.open ? [t('create.consent.test')] : []),
    t('create.consent.end'),
  ].join('\n');
}
