/**
 * The leader of one group: it carries what members say to each other, fixes who survived before anybody may sign it, and takes the masks
 * off the sum. It decides nothing that could show it a single vector: its wrong words cost a round. Time comes in as inputs.
 */
import { hashBytes } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { fail, keep, keptIn, setStage, type CarrierState } from './carrier-state.ts';
import { onDeal, onReady, sayBegin, sayDealt, toChecking, toMasking } from './carrier-setup.ts';
import { Commitments } from './commitments.ts';
import { atOf, isSameAt } from './context.ts';
import type { CarrierEffect, CarrierInput, Draft, UnmaskResult } from './effects.ts';
import type { CommitmentBody, ConsistentBody, FromMember, SurvivorsBody, UnmaskBody } from './messages.ts';
import { SCALAR_BYTES } from './shapes.ts';
import { certifiedSurvivors, dealsHash, keptBits } from './survivors.ts';

/** The machine takes one input. @returns what the shell has to do, in this order */
export function stepCarrier(s: CarrierState, input: CarrierInput): CarrierEffect[] {
  s.out = [];
  switch (input.t) {
    case 'start':
      setStage(s, s.stage);
      repeat(s);
      closeIfWhole(s);
      break;
    case 'tick':
      repeat(s);
      break;
    case 'timeout':
      if (input.stage === s.stage) onTimeout(s);
      break;
    case 'message':
      if (s.attempt.terms.members.includes(input.from)) onMessage(s, input.from, input.message);
      break;
    case 'certified':
      if (s.stage === 'fixing') onCertified(s, input.certificate);
      break;
    case 'worked':
      if (s.stage === 'unmasking' && input.key === s.awaited) onUnmasked(s, input.result);
  }
  return s.out;
}

/** What whoever is awaited may have missed. */
function repeat(s: CarrierState): void {
  const dealers = s.begin?.dealers ?? [];
  const kept = keptIn(s);
  if (s.stage === 'checking') for (const member of s.deals.keys()) if (!s.readies.has(member)) sayDealt(s, member);
  if (s.stage === 'masking') for (const { member } of dealers) if (!s.masked.has(member)) sayBegin(s, member);
  if (s.stage === 'fixing') askSeats(s);
  if (s.stage === 'agreeing') for (const member of kept) if (!s.signatures.has(member)) say(s, member, fixedDraft(s));
  if (s.stage === 'unmasking') for (const member of kept) if (!s.answers.has(member)) say(s, member, agreedDraft(s));
}

function onTimeout(s: CarrierState): void {
  if (s.stage === 'dealing') toChecking(s);
  else if (s.stage === 'checking') toMasking(s);
  else if (s.stage === 'masking') toFixing(s);
  // Awake members were too few to agree, or to answer.
  else fail(s);
}

function onMessage(s: CarrierState, from: PeerId, message: FromMember): void {
  const { by, body } = message.signed;
  if (by !== from || body.context !== s.context || !isSameAt(body, s.attempt.at)) return;
  switch (message.t) {
    case 'deal':
      onDeal(s, by, message);
      break;
    case 'ready':
      onReady(s, by, message.signed.body);
      break;
    case 'masked':
      onMasked(s, message.signed, message.vector);
      break;
    case 'consistent':
      onConsistent(s, message.signed);
      break;
    case 'unmask':
      onUnmask(s, by, message.signed.body);
  }
}

const say = (s: CarrierState, to: PeerId, draft: Draft): void => void s.out.push({ t: 'send', to, draft });

// --- masked vectors ---

function onMasked(s: CarrierState, signed: Signed<CommitmentBody>, vector: Uint8Array): void {
  const { body, by } = signed;
  const first = s.masked.get(by);
  if (first !== undefined && idOf(first.body) !== idOf(body)) {
    s.out.push({ t: 'emit', event: { t: 'equivocated', bodies: [first, signed] } });
    return;
  }
  if (first === undefined) {
    if (s.stage !== 'masking' || !isFitting(s, signed, vector)) return;
    s.masked.set(by, signed);
    keep(s, `masked/${by}`, signed, { hash: body.vector, bytes: vector });
  }
  say(s, by, { t: 'plain', message: { t: 'held', context: s.context, commitment: idOf(body) } });
  closeIfWhole(s);
}

function closeIfWhole(s: CarrierState): void {
  if (s.stage === 'masking' && s.masked.size === s.begin!.dealers.length) toFixing(s);
}

function isFitting(s: CarrierState, { body, by }: Signed<CommitmentBody>, vector: Uint8Array): boolean {
  const { group, state, stateRound, terms } = s.attempt;
  const { dealers } = s.begin!;
  const isPlaced = body.group === group && body.state === state && body.stateRound === stateRound && body.deals === dealsHash(dealers);
  const isDealer = dealers.some(({ member }) => member === by);
  return isPlaced && isDealer && vector.length === 4 * terms.coordinates && hashBytes(vector) === body.vector;
}

/** From here on nobody is added or removed, whatever arrives. */
function toFixing(s: CarrierState): void {
  const { attempt, context } = s;
  const { members, threshold } = attempt.terms;
  if (s.masked.size < threshold) return fail(s);
  const kept = new Set(s.masked.keys());
  const tree = new Commitments([...s.masked.values()], kept);
  const deals = dealsHash(s.begin!.dealers);
  const { senders, root } = tree;
  s.survivors = { t: 'survivors', ...atOf(attempt.at), group: attempt.group, context, deals, kept: keptBits(members, kept), senders, root };
  keep(s, 'survivors', s.survivors);
  setStage(s, 'fixing');
  askSeats(s);
}

function askSeats(s: CarrierState): void {
  s.out.push({ t: 'certify', body: s.survivors!, commitments: [...s.masked.values()] });
}

// --- agreement ---

function onCertified(s: CarrierState, certificate: readonly Signed<SurvivorsBody>[]): void {
  const body = certifiedSurvivors(certificate, s.config.isQuorum);
  if (body === null || idOf(body) !== idOf(s.survivors!)) return;
  s.certificate = certificate;
  keep(s, 'fixed', certificate);
  setStage(s, 'agreeing');
  for (const member of keptIn(s)) say(s, member, fixedDraft(s));
}

function fixedDraft(s: CarrierState): Draft {
  return { t: 'plain', message: { t: 'fixed', certificate: s.certificate } };
}

function agreedDraft(s: CarrierState): Draft {
  return { t: 'plain', message: { t: 'agreed', signatures: [...s.signatures.values()] } };
}

function onConsistent(s: CarrierState, signed: Signed<ConsistentBody>): void {
  const { body, by } = signed;
  if (s.stage === 'unmasking' && s.signatures.has(by) && !s.answers.has(by)) return say(s, by, agreedDraft(s));
  if (s.stage !== 'agreeing' || !isAnswer(s, by, body)) return;
  s.signatures.set(by, signed);
  if (s.signatures.size < s.attempt.terms.threshold) return;
  keep(s, 'agreed', [...s.signatures.values()]);
  setStage(s, 'unmasking');
  for (const member of keptIn(s)) say(s, member, agreedDraft(s));
}

function isAnswer(s: CarrierState, by: PeerId, body: ConsistentBody | UnmaskBody): boolean {
  return keptIn(s).includes(by) && body.survivors === idOf(s.survivors!);
}

// --- the sum ---

function onUnmask(s: CarrierState, by: PeerId, body: UnmaskBody): void {
  const isWhole = body.shares.length === s.begin!.dealers.length * SCALAR_BYTES;
  if (s.stage !== 'unmasking' || !isWhole || s.misfits.has(by) || !isAnswer(s, by, body)) return;
  s.answers.set(by, body);
  unmask(s);
}

/** As soon as any t have answered; who is asleep by now is not missed. */
function unmask(s: CarrierState): void {
  const { context, awaited } = s;
  const { members, threshold } = s.attempt.terms;
  if (awaited !== null || s.answers.size < threshold) return;
  s.awaited = `${context}/unmask`;
  const kept = keptIn(s);
  const dealers = s.begin!.dealers.map(({ member }) => {
    const { keys, seeds } = s.deals.get(member)!.signed.body;
    return { member, keys, seeds };
  });
  const answers = [...s.answers].map(([member, { shares }]) => ({ member, shares }));
  const vectors = kept.map((member) => s.masked.get(member)!.body.vector);
  s.out.push({ t: 'job', key: s.awaited, job: { t: 'unmask', context, members, threshold, dealers, kept, answers, vectors } });
}

function onUnmasked(s: CarrierState, result: UnmaskResult): void {
  s.awaited = null;
  if (result.t === 'bad') {
    for (const member of result.members) {
      s.answers.delete(member);
      s.misfits.add(member);
    }
    return unmask(s);
  }
  const { context } = s;
  const survivors = idOf(s.survivors as SurvivorsBody);
  const { vector } = result;
  const hash = hashBytes(vector);
  keep(s, 'sum', hash, { hash, bytes: vector });
  setStage(s, 'summed');
  s.out.push({ t: 'emit', event: { t: 'summed', context, survivors, members: keptIn(s), vector } });
}
