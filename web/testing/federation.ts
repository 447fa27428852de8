/** Federations for tests of the page: a manifest with a valid signature, and a relay that answers from a table. */
import { encode, type Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import { federationId, type ManifestBody } from '#protocol/manifest/manifest';
import type { FederationLine } from '#protocol/rest';

export interface TestFederation {
  readonly id: Hash;
  readonly body: ManifestBody;
  readonly steward: Identity;
  /** As GET /api/federations/:id sends it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The digits federation with a new steward and changes to its body. */
export async function testFederation(change: Partial<ManifestBody> = {}): Promise<TestFederation> {
  const steward = await identityOf(await generateKeyPair(false));
  const pixels = Array.from({ length: 64 }, (_, i) => ({ kind: 'number' as const, name: `p${i}`, min: 0, max: 16 }));
  const body: ManifestBody = {
    t: 'manifest',
    version: 2,
    name: 'Handwritten digits',
    description: 'Learns to read single digits from small pictures of 8 by 8 points. A first try for everybody: the sample needs no file.',
    nonce: 'test',
    region: 'local',
    task: {
      kind: 'table',
      columns: pixels,
      label: { name: 'digit', classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
      picture: { width: 8, height: 8 },
    },
    model: { kind: 'mlp', hidden: [32], activation: 'tanh', seed: 'test' },
    privacy: {
      unit: 'example',
      epsilon: 1,
      delta: 1e-5,
      sigma: 9.24,
      clip: 1,
      rate: 0.25,
      rounds: 80,
      gridBits: 16,
      lot: 320,
      rowsMax: 4000,
    },
    rule: { kind: 'mean', step: 0.4, momentum: 0.9 },
    rounds: { minContributors: 3, maxContributors: 32, joinWindowMs: 1500, deadlineMs: 10_000, takeoverMs: 5000 },
    seats: { kind: 'home', relays: [steward.id] },
    steward: steward.id,
    relays: [],
    consent: 'I let this federation train a model that reads digits.\nI know that the model is public, and that I can leave at any time.',
    testSet: { hash: 'A'.repeat(43), bytes: 100_000, rows: 400, synthetic: true },
    critical: [],
    ...change,
  };
  return { id: federationId(body), body, steward, bytes: encode(await signBody(steward, body)) };
}

/** One line of GET /api/federations, as a relay writes it. */
export function listLine(federation: TestFederation, now: { members: number; round: number }): FederationLine {
  const { body, id } = federation;
  return {
    id,
    name: body.name,
    steward: body.steward,
    description: body.description,
    region: body.region,
    unit: body.privacy.unit,
    epsilon: body.privacy.epsilon,
    delta: body.privacy.delta,
    rounds: body.privacy.rounds,
    minContributors: body.rounds.minContributors,
    ...now,
    models: now.round,
    manifest: `/api/federations/${id}`,
    demo: false,
  };
}

export type Reply = () => Response | Promise<Response>;

/** A fetch that answers from a table of paths; anything else is a relay's 404. */
export function relayFetch(replies: Readonly<Record<string, Reply>>): typeof fetch {
  return async (input) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input), location.origin);
    return replies[pathname]?.() ?? Response.json({ code: 'not-found', field: 'path', got: pathname }, { status: 404 });
  };
}

/** The relay of one federation, with its list, its manifest and a sample that fits. */
export function relayOf(federation: TestFederation, more: Readonly<Record<string, Reply>> = {}): typeof fetch {
  const { task } = federation.body;
  const header = [...(task.kind === 'table' ? task.columns.map((c) => c.name) : []), task.label.name].join(',');
  return relayFetch({
    '/api/federations': () => Response.json([listLine(federation, { members: 4, round: 12 })]),
    [`/api/federations/${federation.id}`]: () => new Response(federation.bytes, { headers: { 'content-type': 'application/cbor' } }),
    '/samples/digits-1.csv': () => new Response(`# Synthetic\n${header}\n${'0,'.repeat(64)}3\n`),
    ...more,
  });
}
