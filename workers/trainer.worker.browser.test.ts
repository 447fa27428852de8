import * as Comlink from 'comlink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialState } from '#protocol/model';
import { networkOf, updateNormMax, type ManifestBody } from '#protocol/manifest';
import { checkUpdate } from '#protocol/privacy/noisy-update';
import type { Answer } from './api.ts';
import { manifestFixture } from './manifest.fixture.ts';
import type { TrainerEndpoint } from './trainer-endpoint.ts';

const MANIFEST: ManifestBody = manifestFixture();
const D = 2 * 5 + 5 + 5 * 3 + 3;
const { parameters } = initialState(networkOf(MANIFEST), 'test');
const FILE = `x,y,corner\n${'-0.7,-0.7,left\n0.7,-0.7,right\n0,0.7,top\n'.repeat(30)}`;

let thread: Worker;
let trainer: Comlink.Remote<TrainerEndpoint>;

beforeEach(async () => {
  thread = new Worker(new URL('./trainer.worker.ts', import.meta.url), { type: 'module' });
  trainer = Comlink.wrap<TrainerEndpoint>(thread);
  expect(await trainer.open(MANIFEST)).toEqual({ ok: true, value: null });
});

afterEach(() => thread.terminate());

function value<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(`expected an answer, got ${answer.error.code} ${JSON.stringify(answer.error.detail)}`);
  return answer.value;
}

describe('the trainer in its worker', () => {
  it('reads a file and makes updates that receivers accept, each with new noise', async () => {
    const { report, digest } = value(await trainer.load({ file: new File([FILE], 'corners.csv') }));
    expect(report).toMatchObject({ name: 'corners.csv', rows: 90, classCounts: [30, 30, 30], hasHeader: true, synthetic: false });
    expect(value(await trainer.load({ text: FILE })).digest).toBe(digest);
    const [first, second] = [value(await trainer.makeUpdate(parameters)), value(await trainer.makeUpdate(parameters))];
    const vectors = [first, second].map(({ vector }) => checkUpdate(vector, D, updateNormMax(MANIFEST)));
    expect(vectors[0]).not.toEqual(vectors[1]);
  });

  it('scores public rows, and what this device reaches alone', async () => {
    value(await trainer.load({ text: FILE }));
    const { rows } = value(await trainer.rows())!;
    expect(rows.y.length).toBe(90);
    const { loss, accuracy } = value(await trainer.evaluate(parameters, rows));
    expect(loss).toBeGreaterThan(0);
    expect(accuracy).toBeGreaterThanOrEqual(0);
    expect(value(await trainer.solo(rows)).accuracy).toBe(1);
  });

  it('takes rows back that an earlier page kept', async () => {
    value(await trainer.load({ text: FILE }));
    const { rows } = value(await trainer.rows())!;
    value(await trainer.open(MANIFEST));
    expect(value(await trainer.rows())).toBeNull();
    expect(await trainer.makeUpdate(parameters)).toMatchObject({ ok: false, error: { code: 'rows-too-few' } });
    value(await trainer.hold(rows));
    expect(value(await trainer.makeUpdate(parameters)).vector.length).toBe(4 * D);
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
