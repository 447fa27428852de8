/**
 * A federation's public test set from the relay that serves this page: fetched when a screen wants to judge a model, and kept for the next
 * time if it matches the manifest's hash. If not, the lab tells its caller.
 */
import { toBase64Url, type Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { noteReach } from './connection.ts';
import type { Result } from '#workers/api';
import type { Shown } from './problem.ts';
import { fetchBlob } from './relay.ts';

type TestSet = NonNullable<ManifestBody['testSet']>;

/** Only the last one: a person looks at one federation at a time. */
let kept: { readonly hash: string; readonly bytes: Uint8Array<ArrayBuffer> } | null = null;

/** A test set that no relay has, because a practice made it up. */
export function keepTestSet(hash: string, bytes: Uint8Array<ArrayBuffer>): void {
  kept = { hash, bytes };
}

/** Unreachable if neither the relay nor this browser has it; more bytes than the manifest names are refused. */
export async function fetchTestSet(
  { hash, bytes: length }: TestSet,
  signal?: AbortSignal,
): Promise<Result<Uint8Array<ArrayBuffer>, Shown>> {
  if (kept?.hash === hash) return { ok: true, value: kept.bytes };
  const outcome = await fetchBlob(hash as Hash, length, signal);
  if (!signal?.aborted) noteReach(outcome);
  // A relay that sent something else may send the right one on another request.
  if (outcome.ok && (await hashOf(outcome.value)) === hash) kept = { hash, bytes: outcome.value };
  return outcome;
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
