/** The thread that computes model states in a page: a million parameters take a third of a second, and links must be answered meanwhile. */
import * as Comlink from 'comlink';
import { asMeshError } from '#protocol/errors';
import { aggregateHere } from '#protocol/robust/rule';
import type { StatesWorker } from './trainer/states-thread.ts';

const worker: StatesWorker = {
  async aggregate(manifest, base, vectors) {
    try {
      const value = await aggregateHere(manifest, base, vectors);
      return Comlink.transfer({ ok: true, value }, [value.bytes.buffer]);
    } catch (error) {
      const { code, detail } = asMeshError(error);
      return { ok: false, error: { code, detail } };
    }
  },
};

Comlink.expose(worker);
