/**
 * When the parts of an update happen, seen from outside the product: its kernels are timed as they are called, and receipts of seats as they
 * come in. `bench:rounds` runs this at the start of a member's threads, in Node and before the page's own scripts (Chromium).
 */

/** In milliseconds since the epoch. */
export interface MadeTimes {
  /** First kernel call, last one before noise, and last one of noise, or in a page the answer with the update. */
  readonly from: number;
  readonly summed: number;
  readonly ready: number;
}

export type PartTimes = { readonly made: MadeTimes } | { readonly receivedAt: number };

/** Kernels that make or add noise; all others of a training thread sum a lot's gradients. */
const NOISE: ReadonlySet<string> = new Set(['settleNoise', 'addReady']);
/** A receipt in its wire format: the key "t", then "ack". */
const RECEIPT = [0x61, 0x74, 0x63, 0x61, 0x63, 0x6b] as const;

const now = (): number => performance.timeOrigin + performance.now();

function holds(bytes: Uint8Array, part: readonly number[]): boolean {
  for (let at = bytes.indexOf(part[0]!); at !== -1; at = bytes.indexOf(part[0]!, at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

/** @param tell hears each receipt, and each update's times once the next one begins or nothing was called for a moment */
export function watchParts(tell: (times: PartTimes) => void): void {
  watchKernels((made) => tell({ made }));
  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer && holds(new Uint8Array(data), RECEIPT)) tell({ receivedAt: now() });
      });
    }
  };
}

/** Whether a trainer's thread answers with the vector of an update. */
function isUpdate(message: unknown): boolean {
  const answer = message as { value?: { value?: unknown } } | null;
  return answer?.value?.value instanceof Uint8Array;
}

function watchKernels(tell: (made: MadeTimes) => void): void {
  let [from, summed, ready] = [0, 0, 0];
  const end = () => {
    if (ready > 0 && from > 0) tell({ from, summed, ready });
    from = summed = ready = 0;
  };
  const watched = (name: string, kernel: (...args: unknown[]) => unknown) => {
    const noise = NOISE.has(name);
    return (...args: unknown[]) => {
      if (!noise && ready > 0) end();
      if (from === 0) {
        from = now();
        setTimeout(end); // an update is made in one go
      }
      const result = kernel(...args);
      if (noise) ready = now();
      else summed = now();
      return result;
    };
  };
  const scope = globalThis as { postMessage?: (message: unknown, ...rest: unknown[]) => void };
  const answer = scope.postMessage;
  if (answer !== undefined) {
    scope.postMessage = (message, ...rest) => {
      if (from > 0 && isUpdate(message)) ready = now();
      answer.call(globalThis, message, ...rest);
    };
  }
  const instantiate = WebAssembly.instantiate as (
    module: WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ) => Promise<WebAssembly.Instance>;
  WebAssembly.instantiate = (async (module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const { exports } = await instantiate(module, imports);
    if (!('settleNoise' in exports)) return { exports };
    const entries = Object.entries(exports).map(([name, value]) => [
      name,
      typeof value === 'function' ? watched(name, value as (...args: unknown[]) => unknown) : value,
    ]);
    return { exports: Object.fromEntries(entries) };
  }) as typeof WebAssembly.instantiate;
}
