/**
 * Whether the browser keeps this origin's storage when its disk is full (Storage Standard 4). Requested when a person joins, because the
 * record of what was spent must outlive the tab; the answer is shown, not relied on.
 */
export type Lasting = 'kept' | 'may-go' | 'unknown';

const told = (kept: boolean): Lasting => (kept ? 'kept' : 'may-go');

/** Asks the browser; some ask the person. */
export async function askToKeep(): Promise<Lasting> {
  try {
    return told(await navigator.storage.persist());
  } catch {
    return 'unknown'; // no such call in this browser or mode
  }
}

export async function isKept(): Promise<Lasting> {
  try {
    return told(await navigator.storage.persisted());
  } catch {
    return 'unknown';
  }
}
