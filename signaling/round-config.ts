/** What a manifest means to the round core, which reads none: its numbers, its seats, and the state that a round's updates make. */
import { hashBytes } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { networkOf, seatsOf, updateLength, updateNormMax, type Manifest, type ManifestBody } from '#protocol/manifest';
import { decodeState, encodeState } from '#protocol/model';
import { firstState } from '#protocol/optimizer';
import { checkUpdate } from '#protocol/privacy/noisy-update';
import { applyMean, kernelOf } from '#protocol/robust/mean';
import { seatRules, type RoundConfig } from '#protocol/round/records';

const TICK_MS = 2000;

export function roundConfig(manifest: Manifest, self: PeerId): RoundConfig {
  const { body, id } = manifest;
  const length = updateLength(body);
  const normMax = updateNormMax(body);
  const bytes = encodeState(networkOf(body), firstState(body));
  const { ids, f } = seatsOf(body);
  return {
    fed: id,
    epoch: 0,
    self,
    ...seatRules(ids, f),
    ...body.rounds,
    tickMs: TICK_MS,
    kernel: kernelOf(body),
    initialState: { hash: hashBytes(bytes), bytes },
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

/** @throws MeshError for updates or a state that are none of this manifest's */
export function nextState(body: ManifestBody, base: Uint8Array, vectors: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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
