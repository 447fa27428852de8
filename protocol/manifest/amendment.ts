/**
 * Amendments of a manifest: what its steward may change in an existing federation, and nothing that would make it a different one. Nothing
 * sends, stores or applies one yet.
 */
import * as z from 'zod/mini';
import { MeshError } from '../errors.ts';
import { verifySigned, type Signed } from '../identity.ts';
import { hash, text, whole } from './schema.ts';
import type { Manifest, ManifestBody } from './manifest.ts';

/** A change to a manifest, signed by its steward; members must consent again before they continue. */
const amendment = z.strictObject({
  t: z.literal('amendment'),
  fed: hash,
  /** 1, 2, 3 …: the next after those already applied. */
  seq: whole(1, 10_000),
  changes: z.strictObject({
    name: z.optional(text(80)),
    description: z.optional(text(600)),
    consent: z.optional(text(4000)),
    relays: z.optional(z.array(text(256)).check(z.maxLength(8))),
  }),
});
export type AmendmentBody = z.infer<typeof amendment>;

/**
 * Applies amendments in order of `seq`. Only texts and relay addresses can change: model, privacy and seats are the federation.
 * @throws MeshError signature-invalid, wrong-federation, stale, field-invalid
 */
export async function amendManifest(manifest: Manifest, amendments: readonly Signed<AmendmentBody>[]): Promise<ManifestBody> {
  let amended = manifest.body;
  for (const [i, signed] of amendments.entries()) {
    const result = z.safeParse(amendment, signed.body);
    if (!result.success) throw new MeshError('field-invalid', { field: result.error.issues[0]!.path.join('.') || 'amendment' });
    if (result.data.fed !== manifest.id) throw new MeshError('wrong-federation', { field: 'fed' });
    if (result.data.seq !== i + 1) throw new MeshError('stale', { field: 'seq', expected: String(i + 1), got: String(result.data.seq) });
    if (signed.by !== manifest.body.steward || !(await verifySigned(signed))) throw new MeshError('signature-invalid', { field: 'sig' });
    const changes = Object.fromEntries(Object.entries(result.data.changes).filter(([, value]) => value !== undefined));
    amended = { ...amended, ...changes };
  }
  return amended;
}
