/**
 * Replaces runs of spaces between cells by one tab each. Spaces at the start and end of a line are dropped; spaces within quotes stay.
 * Keeps its state from one piece of a file to the next.
 */
const [TAB, LINE_FEED, RETURN, SPACE, QUOTE] = [9, 10, 13, 32, 34];

export class SpaceRuns {
  #quoted = false;
  #lineBegins = true;
  /** A quote here opens a cell or, right after a quote in a quoted cell, is an escaped one. */
  #cellBegins = true;
  /** A run of spaces whose tab is written once a cell follows. */
  #waits = false;

  /** @param bytes may be overwritten @returns the text with tabs, at most one byte longer */
  toTabs(bytes: Uint8Array): Uint8Array {
    let to = 0;
    const held = this.#waits && bytes.length > 0 ? 1 : 0; // a tab from the previous piece may come first
    const out = held === 0 ? bytes : new Uint8Array(bytes.length + 1);
    for (const byte of bytes) {
      if (!this.#quoted && (byte === SPACE || byte === TAB || byte === RETURN)) {
        this.#waits = !this.#lineBegins;
        this.#cellBegins = true;
        continue;
      }
      if (!this.#quoted && byte === LINE_FEED) {
        out[to++] = LINE_FEED;
        this.#lineBegins = true;
        this.#waits = false;
        this.#cellBegins = true;
        continue;
      }
      if (this.#waits) out[to++] = TAB;
      this.#waits = false;
      this.#lineBegins = false;
      // RFC 4180: a quote opens where a cell begins; two inside a quoted cell are one.
      const turns = byte === QUOTE && (this.#quoted || this.#cellBegins);
      if (turns) this.#quoted = !this.#quoted;
      this.#cellBegins = turns;
      out[to++] = byte;
    }
    return out.subarray(0, to);
  }
}
