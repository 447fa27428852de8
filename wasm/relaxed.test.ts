/** Which build trains: the relaxed one only if the engine supports it and the machine fuses. */
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { buildWasm } from './build.ts';
import { createNumerics } from './core.ts';
import { loadTrainingNumerics } from './load-node.ts';
import { fusedFrom } from './relaxed.ts';
import { SEEDED_RUNS, seededRun } from './seeded-run.fixture.ts';

beforeAll(buildWasm);

const read = (name: string) => () => readFile(new URL(`../build/wasm/${name}`, import.meta.url));

test('a build whose arithmetic does not fuse is not taken', async () => {
  expect(await fusedFrom(read('core.wasm'))).toBeNull();
});

test('the training build and the plain one are told apart by their bits, and training has an answer either way', async () => {
  const relaxed = await fusedFrom(read('core-relaxed.wasm'));
  const hash = await seededRun(await loadTrainingNumerics(), 'layers');
  expect(hash).toBe(relaxed === null ? SEEDED_RUNS.layers.sha256 : await seededRun(relaxed, 'layers'));
  expect(hash === SEEDED_RUNS.layers.sha256).toBe(relaxed === null);
});

test('an engine without relaxed SIMD reads nothing', async () => {
  const { validate } = WebAssembly;
  WebAssembly.validate = () => false;
  try {
    expect(await fusedFrom(() => Promise.reject(new Error('expected no read')))).toBeNull();
  } finally {
    WebAssembly.validate = validate;
  }
});

test('bytes that are no WebAssembly are an error, not a reason to fall back', async () => {
  await expect(fusedFrom(() => Promise.resolve(new Uint8Array(9)))).rejects.toThrow(WebAssembly.CompileError);
  await expect(createNumerics(await WebAssembly.compile(await read('core.wasm')()))).resolves.toBeDefined();
});
