/**
 * One federation from its first to its last round with the code of a real mesh, in this process: a seat, members' sessions each with a
 * ledger, trainer and noise, and signed messages over ports. No pacing, no network.
 */
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import { networkOf, type ManifestBody, type SignedManifest } from '#protocol/manifest/manifest';
import { decodeParameters } from '#protocol/model/state';
import type { PortTo } from '#signaling/in-page-mesh';
import type { Numerics } from '#wasm/numerics';
import type { Snapshot } from '../workers/api.ts';
import { unwrap } from '../workers/answered.ts';
import { Peer } from '../workers/peer/peer.ts';
import { openPracticePlatform } from '../workers/practice/platform.ts';
import { sitForPractice } from '../workers/practice/seat.ts';
import type { DataSource } from '../workers/rows/trainer-endpoint.ts';

const PATIENCE_MS = 600_000;

/** Accuracy on the test set of each model that was scored, by its round. */
export type Curve = readonly (readonly [round: number, accuracy: number])[];

interface Trained {
  readonly curve: Curve;
  /** The last model's parameters, from a member's download. */
  readonly parameters: Float32Array;
}

export const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));

/**
 * @param body of a manifest whose only seat and steward is `seat`
 * @param testSet the body's test set, for the first member, who scores
 * @throws Error if the federation does not finish
 */
export async function trainInMesh(
  numerics: Promise<Numerics>,
  seat: Identity,
  body: ManifestBody,
  sources: readonly DataSource[],
  testSet: Uint8Array,
): Promise<Trained> {
  const signed = (await signBody(seat, body)) as SignedManifest;
  const identities = await Promise.all(sources.map(newIdentity));
  const ports = connect([seat, ...identities]);
  let fault: string | null = null;
  const stand = await sitForPractice(seat, signed, ports[0]!, ({ code }) => void (fault = code));
  const last: (Snapshot | undefined)[] = [];
  const peers = identities.map((identity, i) => {
    const platform = openPracticePlatform({ identity, ports: ports[i + 1]!, numerics, testSet: i === 0 ? testSet : null, paceMs: 0 });
    return new Peer(platform, (snapshot) => void (last[i] = snapshot));
  });
  try {
    for (const [i, peer] of peers.entries()) {
      unwrap(await peer.follow(signed));
      unwrap(await peer.load(sources[i]!));
    }
    for (const peer of peers) unwrap(await peer.join(body.privacy.epsilon, body.consent));
    const done = () => last.length === peers.length && last.every((one) => one?.activity === 'finished');
    const scored = () => last[0]?.scores.some(({ round }) => round >= last[0]!.round) === true;
    const deadline = performance.now() + PATIENCE_MS;
    while (!(done() && scored())) {
      if (fault !== null || performance.now() > deadline) {
        throw new Error(
          `no end: ${fault ?? ''} ${last.map((one) => `${one?.activity} ${one?.made} ${one?.problem?.code ?? ''}`).join('; ')}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const curve = last[0]!.scores.flatMap((score) => ('accuracy' in score ? [[score.round, score.accuracy] as const] : []));
    return { curve, parameters: decodeParameters(networkOf(body), unwrap(await peers[0]!.download()).bytes) };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
    await stand();
  }
}

/** A pair of ports for every two peers. */
export function connect(names: readonly Identity[]): PortTo[][] {
  const ports: PortTo[][] = names.map(() => []);
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a]!.push({ peer: names[b]!.id, port: port1 });
      ports[b]!.push({ peer: names[a]!.id, port: port2 });
    }
  }
  return ports;
}
