/**
 * The federations that ship with every relay, so that a first visitor finds something to join. The first start makes them, with the relay's
 * own key as steward and home seat; later starts read them from the store.
 */
import { encode, hashBytes } from '#protocol/codec';
import type { Identity, PeerId } from '#protocol/identity';
import { signBody } from '#protocol/identity';
import { federationId, type ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { MANIFEST_VERSION } from '#protocol/manifest/schema';
import { type TableTask } from '#protocol/manifest/task';
import { DIGITS_PRESET, presetModel, presetPrivacy, presetRule, TABLE_PRESET, type Preset } from '#protocol/presets';
import { allotmentOf } from './allotment.ts';
import { opened } from './stored-manifests.ts';
import { PARCELS_TASK } from './samples/late-parcels.ts';
import { DIGITS_TASK, digitRows, encodeTestSet, parcelRows } from './samples/rows.ts';
import type { Store } from './store/store.ts';

const TEST_ROWS = 1000;
/** The nonce of the digits, which first-time visitors see first. */
export const DEMO_NONCE = 'builtin/digits/2';

const ROUNDS: ManifestBody['rounds'] = {
  minContributors: 3,
  maxContributors: 32,
  joinWindowMs: 1500,
  deadlineMs: 10_000,
  takeoverMs: 5000,
};

interface Builtin {
  /** Identifies this version of the federation: a changed one gets another nonce and is created beside the old one. */
  readonly nonce: string;
  readonly name: string;
  readonly description: string;
  readonly task: TableTask;
  readonly preset: Preset;
  readonly testSet: () => Uint8Array<ArrayBuffer>;
}

const BUILTINS: readonly Builtin[] = [
  {
    nonce: DEMO_NONCE,
    name: 'Handwritten digits',
    description: 'Three people each know only some of the ten digits. Together their model reads them all.',
    task: DIGITS_TASK,
    preset: DIGITS_PRESET,
    testSet: () => encodeTestSet(DIGITS_TASK, digitRows(TEST_ROWS, 'test')),
  },
  {
    nonce: 'builtin/parcels/1',
    name: 'Late parcels',
    description: 'Will this parcel come late? A plain table of distance, stops, rain, weight and more.',
    task: PARCELS_TASK,
    preset: TABLE_PRESET,
    testSet: () => encodeTestSet(PARCELS_TASK, parcelRows(TEST_ROWS, 'test')),
  },
];

/** The digits federation made by this relay itself: nobody else's key can make it. */
export function isDemo({ steward, nonce }: Pick<ManifestBody, 'steward' | 'nonce'>, relay: PeerId): boolean {
  return steward === relay && nonce === DEMO_NONCE;
}

function consentText({ preset }: Builtin): string {
  const drawn = preset.rate < 1 ? 'a random part of your rows' : 'all of your rows';
  return (
    `Your rows stay on this device. Each round sends one update, learned from ${drawn}. ` +
    'What each row adds is limited, then blurred with noise. ' +
    `All rounds together keep every single row within ε = ${preset.epsilon} at δ = ${preset.delta}, whoever sees the updates. ` +
    'Others see that you take part, and when. The model belongs to everybody in the project. ' +
    'You can stop at any time. Nothing sent can be taken back.'
  );
}

/**
 * Makes those that the store does not hold yet; the next start continues one that was interrupted.
 * @returns how many were made
 */
export async function ensureBuiltins(store: Store, relay: Identity, region: string): Promise<number> {
  const kept = new Set<string>();
  for (const { owner, bytes } of await store.manifests()) {
    if (owner !== relay.id) continue;
    const { manifest } = await opened(bytes);
    if (manifest !== null) kept.add(manifest.body.nonce); // this build cannot open one of an older version
  }
  let made = 0;
  for (const builtin of BUILTINS.filter(({ nonce }) => !kept.has(nonce))) {
    const testSet = builtin.testSet();
    const body = parseManifestBody(manifestOf(builtin, relay, region, testSet));
    // The test set first, so that a stored manifest never names missing bytes.
    await store.putBlob(hashBytes(testSet), relay.id, testSet, Date.now());
    const at = Date.now();
    const { states, disk } = allotmentOf(body);
    const row = {
      id: federationId(body),
      owner: relay.id,
      bytes: encode(await signBody(relay, body)),
      states,
      disk,
      testSet: hashBytes(testSet),
    };
    // A damaged one keeps its place until the host removes it: its records may still be useful.
    if (await store.putManifest({ ...row, standing: 'listed', kept: true, active: at, invitation: null }, at)) made++;
  }
  return made;
}

function manifestOf(builtin: Builtin, relay: Identity, region: string, testSet: Uint8Array): ManifestBody {
  const { nonce, name, description, task, preset } = builtin;
  return {
    t: 'manifest',
    version: MANIFEST_VERSION,
    name,
    description,
    nonce,
    region,
    task,
    model: presetModel(preset, nonce),
    privacy: presetPrivacy(preset),
    rule: presetRule(preset),
    rounds: ROUNDS,
    seats: { kind: 'home', relays: [relay.id] },
    steward: relay.id,
    relays: [],
    consent: consentText(builtin),
    testSet: { hash: hashBytes(testSet), bytes: testSet.length, rows: TEST_ROWS, synthetic: true },
    critical: [],
  };
}
