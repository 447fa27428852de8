/** How long the page waits for a relay before it says that nobody answers: a wait without an end tells a reader nothing. */

/** Until the first byte of an answer. */
export const ANSWER_MS = 8000;
/** Between two parts of one, or until all of a short one is here. */
export const PART_MS = 20_000;

export interface Patience {
  /** For a fetch: aborted when the time is up, or by the one who asked. */
  readonly signal: AbortSignal;
  /** Something came: from now on so many milliseconds more. */
  more(ms: number): void;
  end(): void;
}

export function patience(asked?: AbortSignal): Patience {
  const late = new AbortController();
  const give = () => late.abort(new DOMException('nobody answered', 'TimeoutError'));
  let timer = setTimeout(give, ANSWER_MS);
  return {
    signal: asked === undefined ? late.signal : AbortSignal.any([asked, late.signal]),
    more(ms) {
      clearTimeout(timer);
      timer = setTimeout(give, ms);
    },
    end: () => clearTimeout(timer),
  };
}
