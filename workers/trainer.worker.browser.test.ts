import * as Comlink from 'comlink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { initialState } from '#protocol/model/state';
import { networkOf, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import type { Result } from './api.ts';
import { readKeptRows } from './rows/kept-rows.ts';
import { manifestFixture } from './manifest.fixture.ts';
import type { TrainerEndpoint } from './rows/trainer-endpoint.ts';
import { figureOf } from './trainer/goodness.ts';

const MANIFEST: ManifestBody = manifestFixture();
const D = 2 * 5 + 5 + 5 * 3 + 3;
const { parameters } = initialState(networkOf(MANIFEST), 'test');
const FILE = `x,y,corner\n${'-0.7,-0.7,left\n0.7,-0.7,right\n0,0.7,top\n'.repeat(30)}`;

const FED = hashBytes(new TextEncoder().encode('trainer.worker.browser.test'));

/** All bytes of arrays anywhere in a message. */
function bytesOf(message: unknown): Uint8Array[] {
  if (ArrayBuffer.isView(message)) return [new Uint8Array(message.buffer, message.byteOffset, message.byteLength)];
  if (message instanceof ArrayBuffer || message instanceof SharedArrayBuffer) return [new Uint8Array(message)];
  if (message === null || typeof message !== 'object') return [];
  return (message instanceof Map ? [...message.entries()].flat() : Object.values(message)).flatMap(bytesOf);
}

function holds(bytes: Uint8Array, needle: Uint8Array): boolean {
  return bytes.some((_, at) => needle.every((byte, i) => bytes[at + i] === byte));
}

let thread: Worker;
let trainer: Comlink.Remote<TrainerEndpoint>;

beforeEach(async () => {
  thread = new Worker(new URL('./trainer.worker.ts', import.meta.url), { type: 'module' });
  trainer = Comlink.wrap<TrainerEndpoint>(thread);
  expect(await trainer.open(MANIFEST)).toEqual({ ok: true, value: null });
});

afterEach(() => thread.terminate());

function value<T>(answer: Result<T>): T {
  if (!answer.ok) throw new Error(`expected an answer, got ${answer.error.code} ${JSON.stringify(answer.error.detail)}`);
  return answer.value;
}

describe('the trainer in its worker', () => {
  it('reads a file and makes updates that receivers accept, each with new noise', async () => {
    const { report, digest } = value(await trainer.load({ file: new File([FILE], 'corners.csv') }));
    expect(report).toMatchObject({ name: 'corners.csv', rows: 90, classCounts: [30, 30, 30], hasHeader: true, synthetic: false });
    expect(value(await trainer.load({ text: FILE })).digest).toBe(digest);
    const [first, second] = [value(await trainer.makeUpdate(parameters)), value(await trainer.makeUpdate(parameters))];
    const vectors = [first, second].map((vector) => checkUpdate(vector, D, updateNormMax(MANIFEST)));
    expect(vectors[0]).not.toEqual(vectors[1]);
  });

  it('scores public rows, and what this device achieves alone', async () => {
    value(await trainer.load({ text: FILE }));
    value(await trainer.keep(FED));
    const { rows } = (await readKeptRows(FED))!;
    expect(rows.y.length).toBe(90);
    const found = value(await trainer.evaluate(parameters, rows));
    // The result for all rows is the sum over single rows: hits and losses add up.
    let [hits, loss] = [0, 0];
    for (let row = 0; row < 90; row++) {
      const one = value(await trainer.evaluate(parameters, { x: rows.x.slice(2 * row, 2 * row + 2), y: rows.y.slice(row, row + 1) }));
      expect([0, 1]).toContain(figureOf(one));
      hits += figureOf(one);
      loss += one.loss;
    }
    expect([figureOf(found), found.loss]).toEqual([hits / 90, expect.closeTo(loss / 90, 4)]);
    expect(value(await trainer.solo(rows))).toEqual({ accuracy: 1 });
  });

  it('restores rows that an earlier page kept', async () => {
    value(await trainer.load({ text: FILE }));
    value(await trainer.keep(FED));
    value(await trainer.open(MANIFEST));
    expect(await trainer.makeUpdate(parameters)).toMatchObject({ ok: false, error: { code: 'rows-too-few' } });
    expect(value(await trainer.restore(FED))).toMatchObject({ report: { rows: 90 } });
    expect(value(await trainer.makeUpdate(parameters)).length).toBe(4 * D);
    value(await trainer.forget(FED));
    expect(value(await trainer.restore(FED))).toBeNull();
  });

  it('reveals nothing of a row: none of its messages has a value, a label or a digest of one', async () => {
    const told: unknown[] = [];
    thread.addEventListener('message', ({ data }) => told.push(data));
    const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign']);
    // Values that a float32 holds exactly and that occur nowhere else.
    const secret = [0.123046875, -0.654296875];
    value(await trainer.load({ text: `x,y,corner\n${`${secret.join()},top\n`.repeat(40)}0.5,0.5,left\n` }, 0.2));
    const asked: Record<keyof TrainerEndpoint, unknown> = {
      open: true, // before and after
      load: true,
      name: value(await trainer.name(key, 'own')),
      keep: value(await trainer.keep(FED)),
      makeUpdate: value(await trainer.makeUpdate(parameters)),
      pace: value(await trainer.pace()),
      evaluate: value(await trainer.evaluate(parameters, { x: new Float32Array(2), y: new Int32Array(1) })),
      solo: value(await trainer.solo({ x: new Float32Array(2), y: new Int32Array(1) })),
      threads: value(await trainer.threads(1)),
      release: value(await trainer.release()),
      restore: value(await trainer.restore(FED)),
      forget: value(await trainer.forget(FED)),
      close: value(await trainer.close()),
    };
    await new Promise((resolve) => setTimeout(resolve)); // the last answer is heard by its caller first
    expect(told).toHaveLength(Object.keys(asked).length - 1);
    const row = new Uint8Array(new Float32Array(secret).buffer);
    const digest = await crypto.subtle.digest('SHA-256', row);
    const [binary, text] = [told.map(bytesOf).flat(), JSON.stringify(told)];
    for (const needle of [row.subarray(0, 4), row.subarray(4), new Uint8Array(digest)]) {
      expect(binary.some((bytes) => holds(bytes, needle))).toBe(false);
    }
    for (const number of secret) expect(text).not.toContain(String(number));
    // The scan does find such a row.
    expect(holds(bytesOf({ deep: [{ x: Float32Array.of(1, ...secret) }] })[0]!, row)).toBe(true);
  });

  it('answers a bad file with the code and the place, and keeps working', async () => {
    const answer = await trainer.load({ text: 'x,corner\n1,left' });
    expect(answer).toEqual({
      ok: false,
      error: { code: 'column-missing', detail: { row: 1, field: 'y', expected: "a column 'y'", got: 'a header without it' } },
    });
    expect(await trainer.load({ sample: '../secret' })).toMatchObject({ ok: false, error: { code: 'not-found' } });
    value(await trainer.load({ text: FILE }));
  });
});
