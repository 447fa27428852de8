/** The thread that makes model states in a page: a state of a million parameters takes a third of a second, and links must be answered. */
import * as Comlink from 'comlink';
import { asMeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { aggregateHere, type MadeState } from '#protocol/robust/rule';
import type { Result } from './api.ts';

const worker = {
  async aggregate(manifest: ManifestBody, base: Uint8Array | null, vectors: readonly Uint8Array[]): Promise<Result<MadeState>> {
    try {
      const value = await aggregateHere(manifest, base, vectors);
      return Comlink.transfer({ ok: true, value }, [value.bytes.buffer]);
    } catch (error) {
      const { code, detail } = asMeshError(error);
      return { ok: false, error: { code, detail } };
    }
  },
};

export type StatesWorker = typeof worker;
Comlink.expose(worker);
