/** The end of a federation by its steward's signature: no round follows, and what was decided stays. It is irrevocable. */
import * as z from 'zod/mini';
import { MeshError } from '../errors.ts';
import { type Signed } from '../identity.ts';
import type { Manifest } from './manifest.ts';
import { hash } from './schema.ts';
import { openSigned } from './signed-entry.ts';

const withdrawShape = z.strictObject({ t: z.literal('withdraw'), fed: hash });
export type WithdrawBody = z.infer<typeof withdrawShape>;
export type Withdrawal = Signed<WithdrawBody>;

/**
 * @param input an untrusted {body, by, sig}
 * @throws MeshError field-invalid with the path, wrong-federation, signature-invalid for any signer but the steward
 */
export async function openWithdrawal(input: unknown, { id, body: { steward } }: Pick<Manifest, 'id' | 'body'>): Promise<Withdrawal> {
  const withdrawal = await openSigned(withdrawShape, input, 'withdrawal');
  const { by, body } = withdrawal;
  if (body.fed !== id) throw new MeshError('wrong-federation', { field: 'fed', expected: id, got: body.fed });
  if (by !== steward) throw new MeshError('signature-invalid', { field: 'by', expected: 'the steward', got: by });
  return withdrawal;
}
