/** One word about the connection, with a symbol that differs in shape as well as in colour. */
import { createMemo, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { chipOf, reach, type Tone } from '../state/connection.ts';
import { usePeer } from '../state/peer.ts';

const SYMBOL: Readonly<Record<Tone, string>> = { good: '●', waiting: '◐', idle: '○', bad: '▲' };

export function ConnectionChip(): JSX.Element {
  const peer = usePeer();
  const chip = createMemo(() => chipOf(peer.snapshot(), reach()));
  return (
    <p class="chip" data-tone={chip().tone}>
      <span class="unseen">{t('chip.label')}: </span>
      <span aria-hidden="true">{SYMBOL[chip().tone]}</span> {t(chip().text)}
    </p>
  );
}
