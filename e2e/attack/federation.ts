/** A small federation for attacks: two numeric inputs, three answers, rounds as fast as its members; and made-up rows. */
import { encode, type Hash } from '#protocol/codec';
import { signBody, type Identity, type PeerId } from '#protocol/identity';
import { federationId, type ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { MANIFEST_VERSION } from '#protocol/manifest/schema';
import { sigmaByRenyi } from '#protocol/privacy/calibration';
import { request } from './request.ts';
import { newIdentity } from './stranger.ts';

export interface Founded {
  readonly id: Hash;
  readonly body: ManifestBody;
  readonly steward: Identity;
  /** The relay's own seat. */
  readonly seat: PeerId;
}

const ROUNDS = 50_000;
const EPSILON = 8;

/** Number of rounds for calibration. */
export function privacyOf(epsilon: number, rounds: number): ManifestBody['privacy'] {
  const [delta, rate] = [1e-5, 0.25];
  const sigma = sigmaByRenyi({ epsilon, delta, rate, rounds });
  return { unit: 'example', epsilon, delta, sigma, clip: 0.5, rate, rounds, gridBits: 16, lot: 15, rowsMax: 1000 };
}

/** @param seat that certifies records */
export function smallManifest(steward: PeerId, seat: PeerId, changes: Partial<ManifestBody> = {}, rounds = ROUNDS): ManifestBody {
  return {
    t: 'manifest',
    version: MANIFEST_VERSION,
    name: 'Corners',
    description: 'Which corner of a square a point is near.',
    nonce: crypto.randomUUID(),
    region: 'local',
    task: {
      kind: 'table',
      columns: [
        { kind: 'number', name: 'x', min: -1, max: 1 },
        { kind: 'number', name: 'y', min: -1, max: 1 },
      ],
      label: { name: 'corner', classes: ['left', 'right', 'top'] },
      picture: null,
    },
    model: { kind: 'mlp', hidden: [5], activation: 'tanh', seed: 'corners' },
    privacy: privacyOf(EPSILON, rounds),
    rule: { kind: 'mean', step: 0.8, momentum: 0.7 },
    rounds: { minContributors: 3, maxContributors: 16, joinWindowMs: 200, deadlineMs: 3000, takeoverMs: 2000 },
    seats: { kind: 'home', relays: [seat] },
    steward,
    relays: [],
    consent: 'Made-up rows only.',
    testSet: null,
    critical: [],
    ...changes,
  };
}

export async function relayId(relay: string, address?: string): Promise<PeerId> {
  const { body } = await request(`${relay}/api/relay`, address === undefined ? {} : { address });
  return (JSON.parse(body.toString()) as { id: PeerId }).id;
}

/** Publishes it on a relay that is its seat. @param change to the small federation */
export async function found(relay: string, change: Partial<ManifestBody> = {}, rounds = ROUNDS, address?: string): Promise<Founded> {
  const [steward, seat] = [await newIdentity(), await relayId(relay, address)];
  const body = parseManifestBody(smallManifest(steward.id, seat, change, rounds));
  const { status, body: answer } = await publish(relay, steward, body, address);
  if (status !== 201) throw new Error(`publishing failed: ${status} ${answer.toString()}`);
  return { id: federationId(body), body, steward, seat };
}

export async function publish(
  relay: string,
  steward: Identity,
  body: ManifestBody,
  address?: string,
  headers: Readonly<Record<string, string>> = {},
) {
  return request(`${relay}/api/federations`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor', ...headers },
    body: encode(await signBody(steward, body)),
    ...(address === undefined ? {} : { address }),
  });
}

/** Rows of the federation's table, different for each seed. */
export function rowsText(seed: number, rows = 60): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const [x, y] = [Math.sin(i * 12.9 + seed), Math.cos(i * 7.3 + seed)];
    return `${x.toFixed(4)},${y.toFixed(4)},${y > 0.3 ? 'top' : x < 0 ? 'left' : 'right'}`;
  });
  return `x,y,corner\n${lines.join('\n')}\n`;
}
