/**
 * Opens a manifest that a stranger sent: version, fields, rules, and the steward's signature. A manifest that opened once opens forever
 * with the same build: nothing here asks what a device accepts (device-policy.ts).
 */
import * as z from 'zod/mini';
import { MeshError } from '../errors.ts';
import { parsePeerId, verifySigned } from '../identity.ts';
import { federationId, type Manifest, type ManifestBody, type SignedManifest } from './manifest.ts';
import { checkRules } from './rules.ts';
import { MANIFEST_VERSION, manifestShape } from './schema.ts';

/**
 * @param input an untrusted {body, by, sig}
 * @throws MeshError manifest-version, field-invalid (with the path), extension-unknown, signature-invalid
 */
export async function openManifest(input: unknown): Promise<Manifest> {
  const { body: rawBody, by, sig } = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  const version = (rawBody as { version?: unknown } | null | undefined)?.version;
  if (version !== MANIFEST_VERSION) {
    throw new MeshError('manifest-version', {
      field: 'version',
      expected: String(MANIFEST_VERSION),
      got: JSON.stringify(version) ?? 'nothing',
    });
  }
  const parsed = parseManifestBody(rawBody);
  if (!(sig instanceof Uint8Array) || typeof by !== 'string') throw new MeshError('signature-invalid', { field: 'sig' });
  const signed: SignedManifest = { body: parsed, by: parsePeerId(by, 'by'), sig };
  if (by !== parsed.steward || !(await verifySigned(signed))) {
    throw new MeshError('signature-invalid', { field: 'sig', expected: "the steward's signature" });
  }
  return { id: federationId(parsed), body: parsed, signed };
}

/** The fault, named as deeply as possible: for a union, by the first shape that has all of its fields. */
function namedIssue(issue: z.core.$ZodIssue): Pick<z.core.$ZodIssue, 'path' | 'message'> {
  if (issue.code !== 'invalid_union') return issue;
  const meant = issue.errors.find((issues) => issues.every(({ code }) => code !== 'unrecognized_keys'))?.[0];
  if (meant === undefined) return issue;
  const { path, message } = namedIssue(meant);
  return { path: [...issue.path, ...path], message };
}

/** Shape and rules, without the signature. */
export function parseManifestBody(input: unknown): ManifestBody {
  const result = z.safeParse(manifestShape, input);
  if (!result.success) {
    const { path, message } = namedIssue(result.error.issues[0]!);
    throw new MeshError('field-invalid', { field: path.join('.') || 'manifest', expected: message });
  }
  const manifest = result.data;
  checkRules(manifest);
  return manifest;
}
