/**
 * Identities and small signed manifests for tests.
 */
import { encode } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity, type PeerId } from '#protocol/identity';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { MANIFEST_VERSION } from '#protocol/manifest/schema';

export async function newIdentity(): Promise<Identity> {
  return identityOf(await generateKeyPair(false));
}

export function testManifest(steward: PeerId, relay: PeerId, changes: Partial<ManifestBody> = {}): ManifestBody {
  return {
    t: 'manifest',
    version: MANIFEST_VERSION,
    name: 'Test',
    description: 'A federation of a test.',
    nonce: 'test',
    region: 'local',
    task: {
      kind: 'table',
      columns: [
        { kind: 'number', name: 'a', min: 0, max: 1 },
        { kind: 'category', name: 'b', values: ['x', 'y'] },
      ],
      label: { name: 'c', classes: ['no', 'yes'] },
      picture: null,
    },
    model: { kind: 'mlp', hidden: [2], activation: 'tanh', seed: 'test' },
    privacy: { unit: 'example', epsilon: 1, delta: 1e-5, sigma: 5, clip: 1, rate: 0.25, rounds: 10, gridBits: 16, lot: 20, rowsMax: 100 },
    rule: { kind: 'mean', step: 0.5, momentum: 0.9 },
    rounds: { minContributors: 2, maxContributors: 4, joinWindowMs: 100, deadlineMs: 1000, takeoverMs: 500 },
    seats: { kind: 'home', relays: [relay] },
    steward,
    relays: [],
    consent: 'Yes.',
    testSet: null,
    critical: [],
    ...changes,
  };
}

/** Deterministic CBOR of {body, by, sig}. */
export async function signedBytes(steward: Identity, body: ManifestBody): Promise<Uint8Array<ArrayBuffer>> {
  return encode(await signBody(steward, body));
}
