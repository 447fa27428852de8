/**
 * What the machine of a bench can do, measured after the bench in under two seconds: processor, caches, peak and copy rate, engine, browser
 * and load. A figure means something only beside the limits of the machine that it was measured on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { openNativePeak } from './native-peak.ts';
import { quantile } from './page/alternate.ts';

/** Larger than any cache that a core reaches alone. */
const COPY_BYTES = 64 << 20;
const COPY_TURNS = 9;
const CACHES = '/sys/devices/system/cpu/cpu0/cache';

export interface MachineCard {
  /** As the system names it; null if it does not. */
  readonly processor: string | null;
  readonly cores: number;
  /** One core's peak at 128 bits, GFLOP/s, or why it is unknown. */
  readonly peak: { readonly mulAdd: number; readonly fused: number } | string;
  /** Gigabytes that are read and written in a second by copies of 64 MB. */
  readonly copyGBs: number;
  /** Kilobytes that the first core reaches, by level; null where the system does not tell. */
  readonly cachesKB: { readonly l1: number | null; readonly l2: number | null; readonly l3: number | null };
  readonly engine: string;
  /** Version of the Chromium that was started last; null if none was. */
  readonly browser: string | null;
  /** Processes that ran or waited, in the mean of one minute. */
  readonly load: { readonly before: number; readonly after: number };
}

const before = loadavg()[0]!;
let browser: string | null = null;

/** Whoever starts a browser says which. */
export function noteBrowser(version: string): void {
  browser = version;
}

export function machineCard(): MachineCard {
  const after = loadavg()[0]!;
  const probe = openNativePeak();
  const tenth = (value: number) => Number(value.toFixed(1));
  const peakOf = (measure: () => { mulAdd: number; fused: number }) => {
    const { mulAdd, fused } = measure();
    return { mulAdd: tenth(mulAdd), fused: tenth(fused) };
  };
  return {
    processor: cpus()[0]?.model ?? null,
    cores: availableParallelism(),
    peak: typeof probe === 'string' ? probe : peakOf(probe),
    copyGBs: tenth(copyRate()),
    cachesKB: caches(),
    engine: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
    browser,
    load: { before: tenth(before), after: tenth(after) },
  };
}

/** The fast end, as for the peak: other load only takes away. */
function copyRate(): number {
  const [from, to] = [new Uint8Array(COPY_BYTES).fill(1), new Uint8Array(COPY_BYTES).fill(2)]; // touched: no fresh pages while it is timed
  const rates = Array.from({ length: COPY_TURNS }, () => {
    const start = performance.now();
    to.set(from);
    return (2 * COPY_BYTES) / (performance.now() - start) / 1e6;
  });
  return quantile(rates, 0.8);
}

function caches(): MachineCard['cachesKB'] {
  const found = new Map<string, number>();
  try {
    for (const entry of readdirSync(CACHES).filter((name) => name.startsWith('index'))) {
      const read = (name: string) => readFileSync(`${CACHES}/${entry}/${name}`, 'utf8').trim();
      if (read('type') !== 'Instruction') found.set(read('level'), Number.parseInt(read('size'), 10));
    }
  } catch {
    // Not Linux, or a container that hides it.
  }
  return { l1: found.get('1') ?? null, l2: found.get('2') ?? null, l3: found.get('3') ?? null };
}
