/** Guarantees of a member at work, whatever the rows: what leaves, what is charged, and what public constants alone decide. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Hash } from '#protocol/codec';
import { updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { flat, perceptron, planNetwork } from '#protocol/model/architecture';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import type { KeptRows } from '../rows/loaded-rows.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { memoryKeyValueStore } from '../platform/memory-stores.ts';
import { unwrap } from '../answered.ts';
import { openFederation, rowsText, until, type Device, type Federation } from '../peer/session.fixture.ts';
import { openTrainerEndpoint } from '../rows/trainer-endpoint.ts';
import { openTrainer } from './trainer.ts';

const random: RandomFill = (into) => crypto.getRandomValues(into);
/** Facts that follow from local rows alone, outside of the guarantee. */
const LOCAL = /accura|loss|score|count|rows|lotsize|heldout|norm|label|class|gradient|epsilon|spent/i;

let numerics: Numerics;
let federation: Federation | undefined;
beforeAll(async () => {
  numerics = await loadNumerics();
});
afterEach(async () => {
  await federation?.close();
  federation = undefined;
});

async function takePart(rounds: number, privacy: Partial<ManifestBody['privacy']> = {}): Promise<{ device: Device; of: Federation }> {
  const of = (federation = await openFederation({ privacy: { ...manifestFixture().privacy, ...privacy } }));
  const device = await of.device();
  const { peer } = await device.follow();
  unwrap(await peer.load({ text: rowsText(1) }, 0.2));
  unwrap(await peer.join(privacy.epsilon ?? 1, of.manifest.body.consent));
  await until(`${rounds} rounds`, () => (device.last?.contributed ?? 0) >= rounds);
  return { device, of };
}

function keysOf(value: unknown, found = new Set<string>()): Set<string> {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return found;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) found.add(key);
    keysOf(inner, found);
  }
  return found;
}

describe('what leaves', () => {
  it('has no field for anything known only from local rows', async () => {
    const { device, of } = await takePart(2);
    const sent = of.room.log.filter(({ from }) => from === device.identity.id).map(({ message }) => message);
    expect(sent.map(({ t }) => t)).toContain('update');
    expect([...keysOf(sent)].filter((key) => LOCAL.test(key))).toEqual([]);
  });

  it('could have none: no wire message declares one', () => {
    const source = readFileSync(new URL('../../protocol/wire.ts', import.meta.url), 'utf8');
    const mesh = source.slice(source.indexOf('// --- the mesh'), source.indexOf('export function encodeMesh'));
    const fields = [...mesh.replaceAll(/\/\/[^\n]*/g, '').matchAll(/\b[a-zA-Z]+\b/g)].map(([name]) => name);
    expect(fields).toEqual(expect.arrayContaining(['vector', 'ledger', 'contributions', 'attests']));
    expect(fields.filter((name) => LOCAL.test(name))).toEqual([]);
  });

  it('nor is the state of the noise’s randomness kept over a reload', async () => {
    const { device } = await takePart(1);
    const kept = [...device.storage.kept.values(), ...device.sessions.kept.values(), ...device.history.kept.values(), ...device.ledger];
    expect(kept.length).toBeGreaterThan(3);
    expect([...keysOf(kept)].filter((key) => /random|rng|seed|noise|lot|gaussian/i.test(key))).toEqual([]);
  });
});

describe('an empty lot', () => {
  it('is noised, sent and charged like any other', async () => {
    const { device, of } = await takePart(2, { rate: 1e-6 });
    const updates = of.room.updates(device.identity.id);
    const normMax = updateNormMax(of.manifest.body);
    for (const { vector } of updates) expect(checkUpdate(vector, 33, normMax).filter((v) => v !== 0).length).toBeGreaterThan(25);
    const states = new Set(updates.map(({ signed }) => signed.body.stateRound));
    expect(states.size).toBeGreaterThanOrEqual(2);
    expect(device.ledger.filter((record) => record.kind === 'reserve').length).toBeGreaterThanOrEqual(states.size);
  });
});

describe('a row', () => {
  it('is encoded by public constants alone: the rows beside it change nothing', async () => {
    const first = '0.25,-0.5,left';
    const encoded = async (others: readonly string[]) => {
      const keep = memoryKeyValueStore<KeptRows>();
      const place = { rows: async () => keep };
      const trainer = openTrainerEndpoint(Promise.resolve(numerics), () => Promise.reject(new Error('no samples')), null, place);
      unwrap(await trainer.open(manifestFixture()));
      unwrap(await trainer.load({ text: `x,y,corner\n${[first, ...others].join('\n')}\n` }));
      unwrap(await trainer.keep('kept' as Hash));
      const { rows } = (await keep.read('kept'))!;
      await trainer.close();
      return [...rows.x.slice(0, 2), rows.y[0]];
    };
    const small = await encoded(['0.001,0.002,right', '0.003,0.001,top']);
    expect(await encoded(['1,1,right', '-1,-1,top', '0.9,0.9,top'])).toEqual(small);
  });

  it('with a gradient that is not finite adds zero: what leaves is noise within the bound', () => {
    const manifest = manifestFixture();
    const trainer = openTrainer(numerics, manifest);
    trainer.hold({ x: Float32Array.of(1, 1, -1, 1), y: Int32Array.of(0, 1) });
    const wild = new Float32Array(trainer.parameterCount).map((_, i) => (i % 2 === 0 ? 3e38 : -3e38));
    const { vector } = trainer.makeUpdate(wild, { ...manifest.privacy, rate: 1 }, random);
    trainer.close();
    const noise = checkUpdate(vector, 33, updateNormMax(manifest));
    const deviation = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / noise.length);
    const claimed = manifest.privacy.sigma * 2 ** manifest.privacy.gridBits;
    expect(deviation / claimed).toBeGreaterThan(0.5);
    expect(deviation / claimed).toBeLessThan(1.6);
  });

  it('is not clipped to nothing: C = 0 and less are refused where the sum is made', () => {
    const network = planNetwork(flat(2), perceptron([2, 3], 'tanh'));
    const model = numerics.model({ network, loss: 'cross-entropy' }, 8);
    const rows = { x: Float32Array.of(1, 1), y: Int32Array.of(0) };
    const sum = (clip: number) => model.clippedSum(rows, Int32Array.of(0), { clip, gridBits: 16 });
    for (const clip of [0, -1, NaN, Infinity]) expect(() => sum(clip)).toThrow(/clip/);
    model.free();
  });
});
