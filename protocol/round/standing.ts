/**
 * What a seat has observed about members: who has contributed, who was listed and stayed silent, and what waiting for the silent has cost.
 * From it a leader chooses its list and how long to wait. Identities are free, so this is not a punishment that a new key would escape: it
 * limits the total cost of silence to a share of the time. Not admission control: that would need identities with a cost.
 */
import { bodyHash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import { KNOWN_MAX, SILENT_ROUNDS_MAX } from '../limits.ts';
import type { UpdateBody } from './messages.ts';
import type { RoundConfig } from './record.ts';
import { STEPS, type RoundState } from './state.ts';

/** Points for silence and for leaving; each delivery takes one back, and from this many on a member sits out. */
const SILENCE = 4;
const ABSENCE = 2;
/** The share of the rounds' time that may be spent waiting for members that send nothing. */
const WASTE_SHARE = 0.15;
/** The share of a deadline that may additionally be lost to members that have answered before. */
const PATIENCE_SHARE = 0.5;
/** The share of a round's time that a list waits for joins once silence has cost more than allowed. */
const WINDOW_SHARE = 0.25;
/** How long to wait for known members: this multiple of their recent time, and at least this many milliseconds. */
const PATIENCE = 4;
const PATIENCE_MIN_MS = 1000;

export const isKnown = (s: RoundState, id: PeerId): boolean => s.standing.known.has(id);
const sitsOut = (s: RoundState, id: PeerId): boolean => (s.standing.silent.get(id)?.until ?? 0) >= s.slot.round;

/** Milliseconds after the list when this step ends. */
const endOf = (config: RoundConfig, step: number): number => config.deadlineMs / 2 ** (STEPS - Math.min(step, STEPS));
const startOf = (config: RoundConfig, step: number): number => (step === 0 ? 0 : endOf(config, step - 1));
/** Milliseconds that have certainly passed since the list. */
const passed = (s: RoundState): number => startOf(s.config, s.slot.step);

/** Milliseconds until the step that runs is over, or null after the last. */
export function stepMs(s: RoundState): number | null {
  return s.slot.step > STEPS ? null : endOf(s.config, s.slot.step) - passed(s);
}

/** A listed member's update has come. */
export function noteArrival(s: RoundState, id: PeerId): void {
  if (s.slot.open?.body.members.includes(id) !== true) return;
  s.slot.arrived = s.slot.step;
  s.slot.took.set(id, s.slot.step);
}

/**
 * Whether a leader that could make a model waits for these others: for anybody while silence has cost little; after that until the deadline
 * for members that answered too late, and for known ones a multiple of their usual time, until silence has cost half a deadline more; in
 * the end for known ones as long as they need. A newcomer gets as much time as others take, and the next round waits for it.
 */
export function isWorthWaiting(s: RoundState, missing: readonly PeerId[]): boolean {
  const { standing, slot, config } = s;
  const time = passed(s);
  if (time >= config.deadlineMs) return false;
  if (lost(s) < standing.credit) return true;
  const isPatient = lost(s) < standing.credit + PATIENCE_SHARE * config.deadlineMs;
  const usual = standing.known.size < config.minContributors ? slot.arrived : null;
  return missing.some((id) => {
    if (standing.late.has(id) && isPatient) return true;
    const steps = standing.known.get(id) ?? usual;
    if (steps === null || standing.silent.has(id)) return false;
    const needs = endOf(config, steps);
    return time < (isPatient ? Math.max(PATIENCE_MIN_MS, PATIENCE * needs) : needs);
  });
}

/** Milliseconds since the last update came. */
const lost = (s: RoundState): number => passed(s) - startOf(s.config, s.slot.arrived);

/**
 * Whether a list has as many proven members as a model needs, or no more can come: they have contributed, and were neither silent nor late
 * since. Free identities can join faster than anybody, and a list of them alone would last to its deadline.
 */
export function hasProven(s: RoundState, joined: readonly PeerId[]): boolean {
  const { known, late, silent, done } = s.standing;
  const here = new Set(joined);
  const proven = [...known.keys()].filter((id) => !late.has(id) && (silent.get(id)?.doubt ?? 0) < SILENCE);
  const come = proven.filter((id) => here.has(id));
  return come.length >= s.config.minContributors || !proven.some((id) => s.peers.has(id) && !done.has(id) && !here.has(id));
}

/** For whom a list's window stays open; once waiting has cost too much, only for members that have always answered. */
export function isExpected(s: RoundState, id: PeerId): boolean {
  const { credit, known, late, silent } = s.standing;
  if (credit > 0) return !sitsOut(s, id);
  return (known.has(id) || late.has(id)) && !silent.has(id);
}

/** How long it stays open: in the end, a fraction of the time that rounds take, but for proven members. */
export function windowMs({ standing, slot, config }: RoundState): number {
  const isPatient = slot.isExtended || standing.credit + PATIENCE_SHARE * config.deadlineMs > 0;
  return isPatient ? config.joinWindowMs : Math.min(config.joinWindowMs, WINDOW_SHARE * standing.pace);
}

/** The window closed on a list without these expected members. */
export function noteNoShows(s: RoundState, ids: readonly PeerId[]): void {
  if (ids.length > 0) charge(s, windowMs(s));
  for (const id of ids) doubt(s, id, ABSENCE);
}

/** An update that the last model did not wait for. It is useless now, but shows that its member is slow, not silent. */
export function isLate({ standing: { owing } }: RoundState, { body, by }: Signed<UpdateBody>): boolean {
  return owing !== null && owing.members.has(by) && body.state === owing.state && body.stateRound === owing.stateRound;
}

/** It says so once: a second copy shows nothing. */
export function noteLate({ standing }: RoundState, id: PeerId): void {
  standing.owing?.members.delete(id);
  const left = (standing.silent.get(id)?.doubt ?? 0) - SILENCE;
  if (left > 0) standing.silent.set(id, { doubt: left, until: 0 });
  else standing.silent.delete(id);
  standing.late.add(id);
  if (!standing.known.has(id)) standing.waiting.set(id, 0); // it answers: before keys of which nobody knows
  for (const oldest of standing.late) if (standing.late.size > KNOWN_MAX) standing.late.delete(oldest);
}

/** The open slot is decided, in this view; null if a later one was, and the open one is not seen. `by` are the members of its model, none when it is skipped. */
export function settle(s: RoundState, view: number | null, by: readonly PeerId[]): void {
  const { standing, slot, config, head } = s;
  for (const id of by) {
    const took = slot.took.get(id) ?? standing.known.get(id) ?? STEPS;
    standing.known.delete(id);
    standing.known.set(id, took);
  }
  for (const id of standing.known.keys()) if (standing.known.size > KNOWN_MAX) standing.known.delete(id);
  standing.owing = null;
  if (slot.open?.body.view !== view) return; // another leader took over: nobody can tell whose silence it was
  standing.credit = Math.min(config.deadlineMs, standing.credit + WASTE_SHARE * passed(s));
  standing.pace = passed(s);
  const silent = slot.open.body.members.filter((id) => !s.collect.updates.has(id) && !by.includes(id) && id !== config.self);
  for (const id of slot.open.body.members) {
    standing.late.delete(id);
    doubt(s, id, !silent.includes(id) ? -1 : s.peers.has(id) ? SILENCE : ABSENCE);
  }
  if (silent.length === 0) return;
  charge(s, lost(s));
  const { state, stateRound } = head.record;
  if (passed(s) < config.deadlineMs) standing.owing = { state, stateRound, members: new Set(silent) };
}

/** Below minus half a deadline nothing is waited for, and one wait costs at most a deadline: the debt never exceeds two. */
function charge(s: RoundState, ms: number): void {
  s.standing.credit = Math.max(-2 * s.config.deadlineMs, s.standing.credit - ms);
}

function doubt(s: RoundState, id: PeerId, points: number): void {
  const { silent } = s.standing;
  const before = silent.get(id);
  const sum = Math.min((before?.doubt ?? 0) + points, SILENCE * (1 + Math.log2(SILENT_ROUNDS_MAX)));
  silent.delete(id);
  if (sum <= 0) return;
  const rounds = sum < SILENCE ? 0 : 2 ** (Math.floor(sum / SILENCE) - 1);
  silent.set(id, { doubt: sum, until: points > 0 ? s.slot.round + rounds : before!.until });
  for (const oldest of silent.keys()) if (silent.size > KNOWN_MAX) silent.delete(oldest);
}

/**
 * The list of a round. Nobody can choose a key that comes first: the order is by a hash with a salt that this peer keeps to itself. Once
 * enough have contributed, others share a quarter of the places of a full list, longest waiting first: new keys do not delay the turn of
 * one that stays. Before that, all are new and share all places.
 */
export function chooseMembers(s: RoundState, joined: readonly PeerId[]): PeerId[] {
  const { maxContributors: places, minContributors, salt } = s.config;
  const order = new Map(joined.map((id) => [id, bodyHash('list-order', { salt, round: s.slot.round, id })]));
  const shuffled = [...joined].sort((a, b) => (order.get(a)! < order.get(b)! ? -1 : 1));
  const welcome = shuffled.filter((id) => !sitsOut(s, id));
  const known = welcome.filter((id) => isKnown(s, id));
  const others = welcome.filter((id) => !isKnown(s, id));
  const { waiting, silent } = s.standing;
  for (const id of waiting.keys()) if (isKnown(s, id) || !s.peers.has(id)) waiting.delete(id);
  for (const id of others) if (!waiting.has(id)) waiting.set(id, s.slot.round);
  const isFull = known.length + others.length > places;
  const share = known.length < minContributors || !isFull ? places : Math.max(1, Math.floor(places / 4));
  if (share < places) others.sort((a, b) => waiting.get(a)! - waiting.get(b)!);
  const invited = others.slice(0, share);
  const list = known.length < minContributors ? [...known, ...invited] : [...known.slice(0, places - invited.length), ...invited];
  // Too few without the silent members: those that were silent least are asked again.
  if (list.length < minContributors) {
    const points = (id: PeerId) => silent.get(id)?.doubt ?? 0;
    list.push(
      ...shuffled
        .filter((id) => !list.includes(id))
        .sort((a, b) => points(a) - points(b))
        .slice(0, minContributors - list.length),
    );
  }
  for (const id of list) waiting.delete(id);
  return list.slice(0, places).sort();
}
