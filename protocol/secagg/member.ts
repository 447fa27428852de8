/**
 * A member of a group: it deals, checks what others dealt to it, pays and masks once, signs one survivor set, and answers once. It only goes
 * forward, and each stage is durable before what it sends. The attempt that it entered last is remembered for good, so that no context is
 * entered twice.
 */
import { idOf, type Signed } from '../identity.ts';
import { atOf } from './context.ts';
import type { MemberEffect, MemberInput } from './effects.ts';
import { checkEnough, checkKept, checkOwnBit, checkPlace, checkSame, checkSigners, firstOf } from './member-checks.ts';
import { deal, enter, onBegin, onChecked, onDeal, onDealt, onMasked, onReserved } from './member-setup.ts';
import { advance, burn, enteredOf, refuse, repeat, wipe, type AtStage, type MemberAttempt, type MemberState } from './member-state.ts';
import type { ConsistentBody, FromCarrier, SurvivorsBody, UnmaskBody } from './messages.ts';
import { SCALAR_BYTES } from './shapes.ts';
import { certifiedSurvivors, dealsHash, keptOf } from './survivors.ts';

/** The machine takes one input. @returns what the shell has to do, in this order */
export function stepMember(s: MemberState, input: MemberInput): MemberEffect[] {
  s.out = [];
  switch (input.t) {
    case 'start':
      start(s);
      break;
    case 'tick':
      repeat(s);
      break;
    case 'enter':
      enter(s, input);
      break;
    case 'abort':
      burn(s);
      break;
    case 'message':
      if (s.attempt !== null && input.from === s.attempt.leader) onMessage(s, s.attempt, input.message);
      break;
    default:
      if (s.attempt !== null && input.key === s.awaited) onAnswer(s, s.attempt, input);
  }
  return s.out;
}

function start(s: MemberState): void {
  if (s.attempt?.stage === 'dealing') deal(s, s.attempt);
  // A lot may have been drawn, and one payment never covers a second.
  else if (s.attempt?.stage === 'begun') burn(s);
  else repeat(s);
}

function onAnswer(s: MemberState, now: MemberAttempt, input: Extract<MemberInput, { readonly key: string }>): void {
  s.awaited = null;
  if (input.t === 'failed') {
    refuse(s, now.stage, { code: input.code, field: input.key });
    burn(s);
  } else if (input.t === 'worked') {
    if (now.stage === 'dealing' && input.result.t === 'deal') onDeal(s, now, input.result);
    else if (now.stage === 'dealt' && input.result.t === 'check') onChecked(s, now, input.result);
  } else if (now.stage === 'begun') {
    if (input.t === 'reserved') onReserved(s, now);
    else onMasked(s, now, input.signed, input.vector);
  }
}

function onMessage(s: MemberState, now: MemberAttempt, message: FromCarrier): void {
  switch (message.t) {
    case 'dealt':
      if (now.stage === 'dealt' && message.context === now.context) onDealt(s, now, message.deals);
      break;
    case 'begin':
      if (now.stage === 'ready') onBegin(s, now, message.signed);
      break;
    case 'held':
      if (now.stage === 'masked' && message.commitment === idOf(now.signed.body)) s.isHeld = true;
      break;
    case 'fixed':
      onFixed(s, now, message.certificate);
      break;
    case 'agreed':
      if (now.stage === 'signed') onAgreed(s, now, message.signatures);
      else if (now.stage === 'answered') repeat(s);
  }
}

/** Signs the seats' survivor set, if it is in it; the first one is the only one. */
function onFixed(s: MemberState, now: MemberAttempt, certificate: readonly Signed<SurvivorsBody>[]): void {
  const { self, isQuorum } = s.config;
  const survivors = certifiedSurvivors(certificate, isQuorum);
  if (survivors === null) return refuse(s, 'fixed', { code: 'signature-invalid', field: 'certificate' });
  if (now.stage === 'signed' || now.stage === 'answered') {
    const signed = now.stage === 'signed' ? now.consistent : now.unmask;
    const refusal = checkSame(signed.survivors, idOf(survivors));
    return refusal === null ? repeat(s) : refuse(s, 'fixed', refusal);
  }
  if (!('dealers' in now)) return;
  const { attempt, context, dealers } = now;
  const kept = keptOf(attempt.terms.members, survivors.kept);
  const refusal = firstOf(
    () => checkPlace(attempt, context, dealsHash(dealers), survivors),
    () => checkKept(kept, dealers),
    () => checkEnough(kept!, attempt.terms.threshold),
    () => checkOwnBit(kept!, self, now.stage === 'masked'),
  );
  if (refusal !== null) return refuse(s, 'fixed', refusal);
  if (now.stage !== 'masked' || !kept!.includes(self)) return;
  const consistent: ConsistentBody = { t: 'consistent', ...atOf(attempt.at), context, survivors: idOf(survivors) };
  advance(s, { stage: 'signed', ...enteredOf(now), dealers, shares: now.shares, survivors, consistent });
  repeat(s);
}

/** Of each dealer the leader learns one secret: the self-mask's of who is kept, the mask key's of who is not. */
function onAgreed(s: MemberState, now: AtStage<'signed'>, signatures: Extract<FromCarrier, { readonly t: 'agreed' }>['signatures']): void {
  const { attempt, context, survivors, shares } = now;
  const { members, threshold } = attempt.terms;
  const kept = keptOf(members, survivors.kept)!;
  const refusal = checkSigners(signatures, context, survivors, kept, threshold);
  if (refusal !== null) return refuse(s, 'agreed', refusal);
  const answer = new Uint8Array(shares.length * SCALAR_BYTES);
  for (const [i, { member, key, seed }] of shares.entries()) answer.set(kept.includes(member) ? seed : key, i * SCALAR_BYTES);
  const unmask: UnmaskBody = { t: 'unmask', ...atOf(attempt.at), context, survivors: idOf(survivors), shares: answer };
  advance(s, { stage: 'answered', ...enteredOf(now), unmask });
  wipe(s, ...shares.flatMap(({ key, seed }) => [key, seed]));
  repeat(s);
}
