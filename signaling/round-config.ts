/**
 * What a manifest means to the round core, which reads none: its numbers, its seats, and the states that are made from it. A state of a
 * million parameters takes a thread a third of a second and 8 MB, so whoever makes them is injected, and makes them when they are needed.
 */
import { hashBytes, toBase64Url, type Hash } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { networkOf, seatsOf, updateLength, updateNormMax, type Manifest, type ManifestBody } from '#protocol/manifest';
import { decodeState, encodeState } from '#protocol/model';
import { firstState } from '#protocol/optimizer';
import { checkUpdate } from '#protocol/privacy/noisy-update';
import { applyMean, kernelOf } from '#protocol/robust/mean';
import { seatRules, type RoundConfig } from '#protocol/round/record';

const TICK_MS = 2000;

export interface MadeState {
  readonly hash: Hash;
  readonly bytes: Uint8Array;
}

/** Makes the states of one federation: at a relay in a thread of its own, in a tab where it stands. */
export interface States {
  /** What everybody starts from. */
  first(): Promise<MadeState>;
  /** @throws MeshError for updates or a state that are none of this federation's */
  next(base: Uint8Array, vectors: readonly Uint8Array[]): Promise<MadeState>;
}

export function statesHere(body: ManifestBody): States {
  return {
    first: async () => hashed(encodeState(networkOf(body), firstState(body))),
    next: async (base, vectors) => hashed(nextState(body, base, vectors)),
  };
}

export function roundConfig(manifest: Manifest, self: PeerId, initialState: RoundConfig['initialState']): RoundConfig {
  const { body, id } = manifest;
  const length = updateLength(body);
  const normMax = updateNormMax(body);
  const { ids, f } = seatsOf(body);
  return {
    fed: id,
    epoch: 0,
    self,
    ...seatRules(ids, f),
    ...body.rounds,
    modelsMax: body.privacy.rounds,
    tickMs: TICK_MS,
    kernel: kernelOf(body),
    salt: toBase64Url(crypto.getRandomValues(new Uint8Array(16))),
    initialState,
    checkVector: (vector) => {
      try {
        checkUpdate(vector, length, normMax);
        return null;
      } catch (error) {
        return asMeshError(error).code === 'wrong-length' ? 'wrong-length' : 'out-of-bound';
      }
    },
  };
}

const hashed = (bytes: Uint8Array): MadeState => ({ hash: hashBytes(bytes), bytes });

/** @throws MeshError for updates or a state that are none of this manifest's */
function nextState(body: ManifestBody, base: Uint8Array, vectors: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const network = networkOf(body);
  const length = updateLength(body);
  const normMax = updateNormMax(body);
  const next = applyMean(
    decodeState(network, base),
    vectors.map((v) => checkUpdate(v, length, normMax)),
    body.rule,
    body.privacy,
  );
  return encodeState(network, next);
}
