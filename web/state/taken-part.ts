/**
 * Which projects this browser has taken part in, by name and time: for the list and for "My models". Kept beside the theme, not with the
 * budget: it can be forgotten without harm, and is, with everything else that is deleted.
 */
import { createSignal } from 'solid-js';
import type { Hash } from '#protocol/codec';

export interface TakenPart {
  readonly id: Hash;
  readonly name: string;
  /** When it was joined, in milliseconds since the epoch. */
  readonly at: number;
  /** Whether this browser believes that it still takes part: a reloaded page resumes it. */
  readonly going: boolean;
}

const KEY = 'mesh-projects';
/** Largest time of a Date (ECMA-262). */
const TIME_MAX = 8.64e15;
/** The oldest is dropped first. */
const KEPT_MAX = 100;

const isTakenPart = (one: unknown): one is TakenPart => {
  const { id, name, at, going } = (one ?? {}) as Record<string, unknown>;
  const told = typeof name === 'string' && typeof at === 'number' && Math.abs(at) <= TIME_MAX && typeof going === 'boolean';
  return told && typeof id === 'string' && /^[\w-]{43}$/.test(id);
};

function kept(): readonly TakenPart[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found.filter(isTakenPart).slice(0, KEPT_MAX) : [];
  } catch {
    return []; // storage is denied, or has foreign content
  }
}

const [takenPart, setTakenPart] = createSignal<readonly TakenPart[]>(kept());
/** Newest first. */
export { takenPart };

export const tookPart = (id: Hash): boolean => takenPart().some((one) => one.id === id);

function keep(list: readonly TakenPart[]): void {
  setTakenPart(list);
  try {
    if (list.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // See kept(): it lasts as long as the page.
  }
}

export function noteTakenPart(id: Hash, name: string): void {
  const [before, list] = [takenPart().find((one) => one.id === id), kept()];
  if (before?.going === true) return;
  // One browser trains in one project at a time. Read again: another tab may have written meanwhile. If storage is denied, this page keeps
  // its own list.
  const others = (list.length > 0 ? list : takenPart()).filter((one) => one.id !== id).map((one) => ({ ...one, going: false }));
  keep([{ id, name, at: Date.now(), going: true }, ...others].slice(0, KEPT_MAX));
}

/** Called on leaving, or if there is nothing to resume. */
export function noteLeft(id: Hash): void {
  if (takenPart().some((one) => one.id === id && one.going))
    keep(takenPart().map((one) => (one.id === id ? { ...one, going: false } : one)));
}

/** It has ended without a model: there is nothing to come back to. */
export function noteNothingMade(id: Hash): void {
  if (tookPart(id)) keep(takenPart().filter((one) => one.id !== id));
}

/** The project that any page resumes when it is reloaded. */
export const goesOnWith = (): Hash | null => takenPart().find(({ going }) => going)?.id ?? null;

/** Deletes the list, with everything else that this browser keeps. */
export function forgetTakenPart(): void {
  keep([]);
}
