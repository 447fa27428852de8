/** The order of effects, on a core that is a script: what is durable before what leaves, and what stops a driver. */
import { describe, expect, it } from 'vitest';
import type { MeshError } from '../errors.ts';
import { configOf, id, signed } from '../round/core.fixture.ts';
import type { Draft, Effect } from '../round/effects.ts';
import { restoreRound } from '../round/state.ts';
import { Driver } from './driver.ts';
import { MemoryStorage } from './memory-storage.ts';
import type { Batch } from './ports.ts';

const SELF = id('self');
const PEER = id('peer');
const draft = (round: number): Draft => ({
  t: 'join',
  body: { t: 'join', fed: configOf(SELF, [SELF], 0).fed, epoch: 0, round, state: configOf(SELF, [SELF], 0).fed },
});
const send = (round: number): Effect => ({ t: 'send', to: PEER, draft: draft(round) });
const persist = (key: string, lazy = false): Effect => ({ t: 'persist', puts: [{ key, value: key }], deletes: [], lazy });

/** A driver whose core answers every change of mode with the next part of the script; its disk writes when it is told. */
function scripted(script: (() => Effect[])[]) {
  const storage = new MemoryStorage();
  const writes: { readonly batch: Batch; done(): void; failed(error: Error): void }[] = [];
  const sent: number[] = [];
  const faults: MeshError[] = [];
  const driver = new Driver(restoreRound(configOf(SELF, [SELF], 0), storage.stored), {
    environment: { now: () => 0, random: () => 0, timer: () => () => {} },
    storage: {
      log: storage.log,
      blobs: storage.blobs,
      cells: storage.cells,
      write: (batch) => new Promise<void>((done, failed) => void writes.push({ batch, done, failed })),
    },
    sign: async (body) => {
      if (body.t === 'join') sent.push(body.round);
      return signed(body, SELF);
    },
    verify: async () => true,
    aggregate: () => Promise.reject(new Error('no rule')),
    onEvent: () => {},
    onFault: (error) => void faults.push(error),
    step: (_, input) => (input.t === 'mode' ? (script.shift()?.() ?? []) : []),
  });
  driver.start({ peers: () => [], send: () => {} });
  const next = async () => {
    driver.setMode('active');
    await rest();
  };
  return { driver, writes, sent, faults, next };
}

const rest = () => new Promise((resolve) => setTimeout(resolve, 0));
const keys = ({ batch }: { batch: Batch }) => (batch.puts ?? []).map(({ key }) => key);

describe('a driver', () => {
  it('lets nothing leave before what was persisted with it is durable', async () => {
    const { writes, sent, next } = scripted([() => [persist('a'), send(1), persist('b'), send(2)]]);
    await next();
    expect([writes.map(keys), sent]).toEqual([[['a', 'b']], []]);
    writes[0]!.done();
    await rest();
    expect(sent).toEqual([1, 2]);
  });

  it('writes what came meanwhile in one go, after the write that is under way', async () => {
    const { writes, sent, next } = scripted([() => [persist('a'), send(1)], () => [persist('b'), send(2)], () => [persist('c'), send(3)]]);
    for (let i = 0; i < 3; i++) await next();
    expect(writes.map(keys)).toEqual([['a']]);
    writes[0]!.done();
    await rest();
    expect([writes.map(keys), sent]).toEqual([[['a'], ['b', 'c']], [1]]);
    writes[1]!.done();
    await rest();
    expect(sent).toEqual([1, 2, 3]);
  });

  it('waits for no lazy write, and for lazy ones before a write that it waits for', async () => {
    const { writes, sent, next } = scripted([() => [persist('a', true), send(1)], () => [persist('b'), send(2)]]);
    await next();
    expect(sent).toEqual([1]);
    await next();
    expect([writes.map(keys), sent]).toEqual([[['a']], [1]]);
    writes[0]!.done();
    await rest();
    writes[1]!.done();
    await rest();
    expect([writes.map(keys), sent]).toEqual([
      [['a'], ['b']],
      [1, 2],
    ]);
  });

  it('reports a core that throws, and goes on', async () => {
    const bug = () => {
      throw new Error('a bug of the core');
    };
    const { driver, sent, faults, next } = scripted([bug, () => [send(1)]]);
    await next();
    await next();
    expect([driver.failed, sent, faults.map(({ detail }) => detail.got)]).toEqual([false, [1], ['a bug of the core']]);
  });

  it('is silent for good once a write failed, a lazy one too', async () => {
    const { driver, writes, sent, faults, next } = scripted([() => [persist('a', true), send(1)], () => [send(2)]]);
    await next();
    writes[0]!.failed(new Error('a full disk'));
    await rest();
    await next();
    expect([driver.failed, sent, faults.length]).toEqual([true, [1], 1]);
  });
});
