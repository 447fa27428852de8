/**
 * Allocates the wasm memory behind the module's own tables: first fit, and freed blocks are merged. Not a general allocator: it is made for
 * a handful of large, long-lived blocks, zeroed on allocation.
 */

const PAGE = 65536;
/** A cache line: no two blocks share one, and vector loads are aligned. */
const ALIGNMENT = 64;

interface Block {
  readonly at: number;
  readonly bytes: number;
}

/** The memory cannot hold the request. */
export class OutOfMemory extends RangeError {
  override readonly name = 'OutOfMemory';
  /** Bytes: the request, and the most that one model may take; null if the machine gave less than that. */
  readonly needed: number;
  readonly most: number | null;

  constructor(needed: number, most: number | null, cause?: unknown) {
    const bound = most === null ? 'that fits the memory' : `of at most ${most} bytes`;
    super(`expected a model ${bound}, got one that needs ${needed} bytes`, { cause });
    this.needed = needed;
    this.most = most;
  }
}

export interface Arena {
  /** Bytes in use. */
  readonly used: number;
  /** @returns the address of a zeroed block. @throws OutOfMemory if the memory cannot grow to hold it */
  take(bytes: number): number;
  /** Frees a block by its address. @throws RangeError for an address that is not in use */
  release(at: number): void;
}

/** Growing detaches every view of the memory: callers make new views after each `take`. */
export function createArena(memory: WebAssembly.Memory, start: number): Arena {
  const base = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
  /** By address. */
  const taken: Block[] = [];

  return {
    get used() {
      return taken.reduce((sum, block) => sum + block.bytes, 0);
    },
    take(wanted) {
      const bytes = Math.max(1, Math.ceil(wanted / ALIGNMENT)) * ALIGNMENT;
      const index = firstFit(taken, base, bytes);
      const before = taken[index - 1];
      const at = before === undefined ? base : before.at + before.bytes;
      growTo(memory, at + bytes, wanted);
      taken.splice(index, 0, { at, bytes });
      new Uint8Array(memory.buffer, at, bytes).fill(0);
      return at;
    },
    release(at) {
      const index = taken.findIndex((block) => block.at === at);
      if (index < 0) throw new RangeError(`expected the address of a block that is given out, got ${at}`);
      taken.splice(index, 1);
    },
  };
}

/** Where a block goes in the list: before the first one with enough room in front of it, otherwise at the end. */
function firstFit(taken: readonly Block[], base: number, bytes: number): number {
  let free = base;
  for (const [index, block] of taken.entries()) {
    if (block.at - free >= bytes) return index;
    free = block.at + block.bytes;
  }
  return taken.length;
}

function growTo(memory: WebAssembly.Memory, end: number, wanted: number): void {
  const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch (cause) {
    throw new OutOfMemory(wanted, null, cause);
  }
}
