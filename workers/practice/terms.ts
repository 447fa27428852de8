/**
 * The terms of a practice federation: the real one's task, model, privacy and rule under another name, nonce, steward and seat, so that its
 * id differs and nothing of it can enter the real one. Also a test set that shows the model improve.
 */
import { hashBytes } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { writeSafetensors } from '#protocol/model/safetensors';
import { inputWidth } from '#protocol/manifest/task';
import { syntheticRows } from '../lab/synthetic-rows.ts';
import { loadRows } from '../loader/source.ts';

const NAME_MAX = 80;
const DESCRIPTION_MAX = 600;
/** So that a downloaded model still says what it is. */
const ABOUT = 'A practice model of made-up rows; it says nothing about real ones.';
/** Long enough for threads that share few cores, short enough to skip one that died. */
const ROUNDS = { joinWindowMs: 200, deadlineMs: 30_000, takeoverMs: 5000 } as const;
const ROWS_MIN = 50;
const ROWS_MAX = 1000;
const TEST_ROWS = 400;
/** Inputs of one participant, and of the test set: several threads hold them at once. */
const INPUTS_MAX = 2_000_000;
const TEST_INPUTS_MAX = 300_000;

export interface Terms {
  readonly like: ManifestBody;
  /** Contributors of every round: all members. */
  readonly members: number;
  /** The seat's key, which signs and decides. */
  readonly seat: PeerId;
  readonly testSet: ManifestBody['testSet'];
  /** Distinguishes this practice from every other. */
  readonly nonce: string;
}

/** @throws MeshError field-invalid if the federation's own terms do not allow so many members */
export function practiceTerms({ like, members, seat, testSet, nonce }: Terms): ManifestBody {
  return parseManifestBody({
    ...like,
    name: shortened(`Practice: ${like.name}`, NAME_MAX),
    description: shortened(`${ABOUT} ${like.description}`, DESCRIPTION_MAX),
    nonce: `practice/${nonce}`,
    rounds: { ...ROUNDS, minContributors: members, maxContributors: members },
    seats: { kind: 'home', relays: [seat] },
    steward: seat,
    relays: [],
    consent: 'Practice with made-up rows inside one page. Nothing leaves the page, and nobody’s budget is spent.',
    testSet,
  });
}

/** By whole characters: half a surrogate pair cannot be encoded. */
function shortened(text: string, most: number): string {
  let short = '';
  for (const character of text) {
    if (short.length + character.length > most) break;
    short += character;
  }
  return short;
}

/** Made-up rows of one participant: as many as the federation expects of a typical member. */
export function rowsEach({ task, privacy }: Pick<ManifestBody, 'task' | 'privacy'>): number {
  const most = Math.min(ROWS_MAX, privacy.rowsMax, Math.floor(INPUTS_MAX / inputWidth(task)));
  return Math.max(1, Math.min(most, Math.max(ROWS_MIN, Math.round(privacy.lot / privacy.rate))));
}

export interface TestSet {
  readonly about: NonNullable<ManifestBody['testSet']>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A public test set of made-up rows, in the form that relays serve: x F32 [n, inputs], y I32 [n]. */
export async function madeUpTestSet(like: ManifestBody): Promise<TestSet> {
  const width = inputWidth(like.task);
  const count = Math.max(1, Math.min(TEST_ROWS, Math.floor(TEST_INPUTS_MAX / width)));
  const source = syntheticRows(like.task, count, 'practice test');
  const readable = 'text' in source ? { table: source.text } : source;
  // Not the members' limit, which may allow fewer rows.
  const roomy = { ...like, privacy: { ...like.privacy, rowsMax: TEST_ROWS } };
  const { rows } = await loadRows({ ...readable, synthetic: true } as Parameters<typeof loadRows>[0], roomy, 0);
  const bytes = writeSafetensors([
    { name: 'x', shape: [rows.y.length, width], values: rows.x },
    { name: 'y', shape: [rows.y.length], values: rows.y },
  ]);
  return { about: { hash: hashBytes(bytes), bytes: bytes.length, rows: rows.y.length, synthetic: true }, bytes };
}
