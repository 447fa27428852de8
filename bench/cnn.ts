/**
 * `npm run prove -- bench:cnn`: one training step of a convolutional network of 26,010 parameters on 64 pictures of 28 x 28 in Chromium:
 * ours against tfjs on its cpu, webgl (SwiftShader without a GPU) and wasm backends, if they can train it; and the cost of privacy: exact
 * clipping, exact discrete noise and the encoded update, against a plain SGD step of the same build. The last line is JSON.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { round, verdict } from '../e2e/verdict.ts';
import { buildWasm } from '../wasm/build.ts';
import { bundle, runInChromium, TFJS_FILES } from './in-chromium.ts';
import type { Measured } from './page/cnn.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const LOT = 64;
/** A private step, with noise from the same thread, against an SGD step of the training build; and our speed-up over peers. */
const TARGETS = { privateOverSgdMax: 1.35, overPeersMin: 1, distanceMax: 0.01 } as const;

await buildWasm();
const { version, result } = await runInChromium<Measured>(await bundle('cnn', 'page'), {
  '/wasm/': join(BUILD, 'wasm/'),
  '/tfjs/': TFJS_FILES,
});
process.stdout.write(`Chromium ${version}, ${result.parameters} parameters\n`);
const show = (name: string, ms: number): void =>
  void process.stdout.write(
    `  ${name.padEnd(16)}${ms.toFixed(2).padStart(10)} ms${((1000 * LOT) / ms).toFixed(0).padStart(10)} samples/s\n`,
  );
for (const [name, ms] of Object.entries(result.ms)) show(name, ms);
const ours = 'relaxed.sgd' in result.ms ? 'relaxed' : 'plain';
const sgd = result.ms[`${ours}.sgd`]!;
const peers: Record<string, object> = {};
let [slowerAll, trained] = [true, 0];
for (const [name, peer] of Object.entries(result.peers)) {
  if ('cannot' in peer) {
    process.stdout.write(`  tfjs.${name} cannot train it: ${peer.cannot}\n`);
    peers[name] = peer;
    continue;
  }
  show(`tfjs.${name}`, peer.ms);
  trained++;
  peers[name] = { timesFaster: round(peer.ms / sgd, 1), stepDistance: Number(peer.distance.toExponential(1)) };
  slowerAll &&= peer.ms / sgd >= TARGETS.overPeersMin && peer.distance <= TARGETS.distanceMax;
}
const figures = {
  samplesPerSecond: Object.fromEntries(Object.entries(result.ms).map(([name, ms]) => [name, round((1000 * LOT) / ms, 0)])),
  clipOverSgd: round(result.ms[`${ours}.clip`]! / sgd, 3),
  privateOverSgd: round(result.ms[`${ours}.exact`]! / sgd, 3),
  plainPrivateOverSgd: round(result.ms['plain.exact']! / result.ms['plain.sgd']!, 3),
  peers,
};
verdict('bench:cnn', trained > 0 && slowerAll && figures.privateOverSgd <= TARGETS.privateOverSgdMax, figures, TARGETS);
