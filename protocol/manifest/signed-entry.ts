/** Statements beside a manifest that somebody signed: read from strangers' bytes, closed shapes, one signature. */
import * as z from 'zod/mini';
import { MeshError } from '../errors.ts';
import { parsePeerId, verifySigned, type Signed } from '../identity.ts';

/**
 * @param input an untrusted {body, by, sig}
 * @param what names it if all of it is wrong
 * @throws MeshError field-invalid with the path, signature-invalid
 */
export async function openSigned<B extends { readonly t: string }>(
  body: z.ZodMiniType<B>,
  input: unknown,
  what: string,
): Promise<Signed<B>> {
  const result = z.safeParse(z.strictObject({ body, by: z.string(), sig: z.instanceof(Uint8Array) }), input);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw new MeshError('field-invalid', { field: path.join('.') || what, expected: message });
  }
  const signed: Signed<B> = { ...result.data, by: parsePeerId(result.data.by, 'by') } as Signed<B>;
  if (!(await verifySigned(signed))) throw new MeshError('signature-invalid', { field: 'sig', expected: 'the signature of `by`' });
  return signed;
}
