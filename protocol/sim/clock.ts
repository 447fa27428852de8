/**
 * Virtual time: a heap of events, run in order of time, then of planning. After each event everything that waits for no other event
 * has its turn: promises settle in an order that the language fixes, so a run is the same every time.
 */

interface Event {
  readonly at: number;
  readonly seq: number;
  readonly run: () => void;
}

export class Clock {
  now = 0;
  ran = 0;
  #heap: Event[] = [];
  #seq = 0;

  after(ms: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: this.now + Math.max(0, ms), seq: this.#seq++, run });
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i]!, heap[parent]!)) break;
      [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
      i = parent;
    }
  }

  /** Runs everything that is due up to this time. */
  async runUntil(at: number): Promise<void> {
    while (this.#heap.length > 0 && this.#heap[0]!.at <= at) {
      const event = this.#pop();
      this.now = event.at;
      this.ran++;
      event.run();
      await settled();
    }
    this.now = at;
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      let i = 0;
      for (;;) {
        const left = 2 * i + 1;
        const right = left + 1;
        let least = i;
        if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
        if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
        if (least === i) break;
        [heap[i], heap[least]] = [heap[least]!, heap[i]!];
        i = least;
      }
    }
    return top;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq);
}
