/**
 * `npm run prove -- bench:threads`: clipped sums of lots of 512 in one thread and in two, in Chromium, with the same bits, interleaved in
 * one run (page/threads-trainer.ts); and what lots of either cost in processor time (lot-cost.ts). If the second core is busy, `pass` is null, and the probe says so.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { round, verdict } from '../e2e/verdict.ts';
import { bundle, runInChromium } from './in-chromium.ts';
import { lotCosts } from './lot-cost.ts';
import type { Measured } from './page/threads.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
/** Speed-up of the median lot; and the minimum result of the probe, before and after. */
const TARGETS = { speedupMin: 1.6, probeMin: 1.8 } as const;

const scripts = join(BUILD, 'bench/scripts/');
await mkdir(scripts, { recursive: true });
for (const name of ['spinner', 'lot-server', 'threads-trainer']) await writeFile(join(scripts, `${name}.js`), await bundle(name, 'page'));
const files = { '/scripts/': scripts, '/wasm/': join(BUILD, 'wasm/') };
const { version, result } = await runInChromium<Measured>(await bundle('threads', 'page'), files);

const shared = result.shared.map(({ network, build, parameters, one, two }) => {
  const speedup = round(one / two, 2);
  process.stdout.write(`${network.padEnd(16)} ${build}: ${one.toFixed(2)} ms in one thread, ${two.toFixed(2)} ms in two, ${speedup}x\n`);
  return { network, build, parameters, oneMs: round(one, 3), twoMs: round(two, 3), speedup };
});
const costs = await lotCosts();
for (const { network, lot, perSecond, perProcessorSecond } of costs) {
  const line = `two threads make ${perSecond} times the lots a second, ${perProcessorSecond} times those of a processor second`;
  process.stdout.write(`${network}, lots of ${lot}, Node: ${line}\n`);
}
const probe = result.probe.map((ratio) => round(ratio, 2));
process.stdout.write(`two threads that only compute did ${probe.join(' and ')} times the work of one, before and after\n`);
const quiet = result.probe.every((ratio) => ratio >= TARGETS.probeMin);
const met = shared.every(({ speedup }) => speedup >= TARGETS.speedupMin);
verdict('bench:threads', quiet ? met : null, { chromium: version, lot: 512, shared, costs, probe, secondCoreFree: quiet }, TARGETS);
