/**
 * `npm run prove -- bench:secagg`: what masks cost that only a group's sum is without. Expansions of ChaCha20 into vectors of 10^5 and 10^6
 * words beside a copy of the vector and as many bytes of getRandomValues, and what members mask and leaders open in groups of 8 and 32; in
 * Chromium and in Node, interleaved on one thread. Masking is judged by the expansions that it consists of, one for each member of
 * the group: keys, checks and memory may add three tenths. The last line is JSON.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { round, verdict } from '../e2e/verdict.ts';
import { buildWasm } from '../wasm/build.ts';
import { bundle, runInChromium } from './in-chromium.ts';
import type { Measured } from './page/secagg.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
/** Masking over g expansions. */
const TARGETS = { exact: true, maskOverExpansionsMax: 1.3 } as const;

const gigabytes = (words: number, ms: number): number => round((4 * words) / ms / 1e6, 2);

function figuresOf(place: string, { exact, vectors }: Measured) {
  const line = (name: string, ms: number, more: string) =>
    process.stdout.write(`  ${name.padEnd(34)}${ms.toFixed(3).padStart(9)} ms  ${more}\n`);
  process.stdout.write(`${place}\n`);
  const figures = vectors.map(({ words, expandMs, copyMs, randomMs, groups }) => {
    for (const [name, ms] of Object.entries({ expansion: expandMs, copy: copyMs, getRandomValues: randomMs })) {
      line(`${name} of ${words} words`, ms, `${gigabytes(words, ms)} GB/s`);
    }
    for (const { members, maskMs, maskExpansions, unmaskMs, unmaskStreams, threshold } of groups) {
      line(`member of ${members} masks`, maskMs, `${(maskExpansions / members).toFixed(2)} of ${members} expansions`);
      line(`leader opens ${threshold} of ${members}`, unmaskMs, `${unmaskStreams} streams`);
    }
    return {
      words,
      expandMs: round(expandMs, 3),
      expandGBs: gigabytes(words, expandMs),
      copyGBs: gigabytes(words, copyMs),
      randomGBs: gigabytes(words, randomMs),
      groups: groups.map(({ members, threshold, maskMs, maskExpansions, unmaskMs }) => ({
        members,
        threshold,
        maskMs: round(maskMs, 2),
        maskOverExpansions: round(maskExpansions / members, 3),
        unmaskMs: round(unmaskMs, 1),
      })),
    };
  });
  return { exact, vectors: figures };
}

async function inNode(): Promise<Measured> {
  const script = join(BUILD, 'bench/secagg.mjs');
  await writeFile(script, await bundle('secagg', 'node'));
  const bench = (await import(pathToFileURL(script).href)) as typeof import('./page/secagg.ts');
  return bench.measureAll(() => readFile(join(BUILD, 'wasm/core.wasm')));
}

await buildWasm();
await mkdir(join(BUILD, 'bench'), { recursive: true });
const { version, result } = await runInChromium<Measured>(await bundle('secagg', 'page'), { '/wasm/': join(BUILD, 'wasm/') });
const chromium = figuresOf(`Chromium ${version}`, result);
const node = figuresOf(`Node ${process.versions.node}`, await inNode());
const groups = [chromium, node].flatMap(({ vectors }) => vectors.flatMap((vector) => vector.groups));
const maskOverExpansions = Math.max(...groups.map((group) => group.maskOverExpansions));
const pass = chromium.exact && node.exact && maskOverExpansions <= TARGETS.maskOverExpansionsMax;
verdict('bench:secagg', pass, { maskOverExpansions, chromium, node }, TARGETS);
