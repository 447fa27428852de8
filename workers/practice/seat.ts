/**
 * The seat of a practice federation: the round core as a relay's seat runs it, with storage in memory and links within one page. It also
 * makes the practice manifest, since the seat's key is its steward.
 */
import { hashBytes, toBase64Url } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import { signBody, type Identity } from '#protocol/identity';
import type { ManifestBody, SignedManifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { aggregateHere } from '#protocol/robust/rule';
import { systemEnvironment } from '#signaling/environment';
import { openInPageMesh, type PortTo } from '#signaling/in-page-mesh';
import { MemoryStorage } from '#protocol/driver/memory-storage';
import { openDriver } from '#protocol/driver/open';
import type { Problem } from '../api.ts';
import type { Founded } from './api.ts';
import { madeUpTestSet, practiceTerms } from './terms.ts';

const NONCE_BYTES = 16;

/**
 * @param sampled whether members bring samples: the federation's own test set then scores them, if its bytes are at hand
 * @throws MeshError field-invalid
 */
export async function foundPractice(
  seat: Identity,
  like: ManifestBody,
  members: number,
  sampled: boolean,
  testSet: Uint8Array | null,
): Promise<Founded> {
  const fits = testSet !== null && like.testSet !== null && hashBytes(testSet) === like.testSet.hash;
  const own = sampled ? null : await madeUpTestSet(like);
  const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
  const about = sampled ? (fits ? like.testSet : null) : own!.about;
  const body = practiceTerms({ like, members, seat: seat.id, testSet: about, nonce });
  return { manifest: await signBody(seat, body), testSet: own?.bytes ?? (fits ? new Uint8Array(testSet) : null) };
}

/** @returns a function that ends it */
export async function sitForPractice(
  seat: Identity,
  manifest: SignedManifest,
  ports: readonly PortTo[],
  failed: (problem: Problem) => void,
): Promise<() => Promise<void>> {
  const told = (error: unknown) => {
    const { code, detail } = asMeshError(error);
    failed({ code, detail });
  };
  const driver = await openDriver({
    manifest: await openManifest(manifest),
    identity: seat,
    storage: new MemoryStorage(),
    environment: systemEnvironment,
    aggregate: aggregateHere,
    onEvent: () => {},
    onFault: told,
  });
  const transport = openInPageMesh({
    self: seat.id,
    ports,
    events: { message: (from, bytes) => driver.receive(from, bytes), peers: (list) => driver.peers(list), relay: () => {} },
    onFault: told,
  });
  driver.start(transport);
  return async () => {
    await driver.close();
    transport.close();
  };
}
