/**
 * Replaces runs of spaces between cells by one tab each: at the start and end of a line they mean nothing, and within quotes they stay. It
 * carries on from one piece of a file to the next.
 */
const [TAB, LINE_FEED, RETURN, SPACE, QUOTE] = [9, 10, 13, 32, 34];

export class SpaceRuns {
  #quoted = false;
  #lineBegins = true;
  /** A quote would open here, or, behind another one within quotes, be a letter. */
  #cellBegins = true;
  /** A run whose tab is written once a cell follows. */
  #waits = false;

  /** @param bytes are overwritten @returns the part of them that is left, at most as long */
  toTabs(bytes: Uint8Array): Uint8Array {
    let to = 0;
    const held = this.#waits && bytes.length > 0 ? 1 : 0; // one letter more than came may have to be written
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
      // As RFC 4180 has it: a quote opens where a cell begins, and two of them inside are one.
      const turns = byte === QUOTE && (this.#quoted || this.#cellBegins);
      if (turns) this.#quoted = !this.#quoted;
      this.#cellBegins = turns;
      out[to++] = byte;
    }
    return out.subarray(0, to);
  }
}
