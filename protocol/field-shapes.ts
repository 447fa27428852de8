/** Shapes of the fields that messages are made of: ids, hashes, numbers, bytes, signatures. Parsers refuse what is out of range. */
import * as z from 'zod/mini';
import { MeshError } from './errors.ts';

z.config({ jitless: true });

export const peer = z.string().check(z.length(44), z.regex(/^[\w-]+$/));
export const hash = z.string().check(z.length(43), z.regex(/^[\w-]+$/));
export const natural = z.int().check(z.gte(0), z.lte(2 ** 48));
export const bytes = (max: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= max, `at most ${max} bytes`);
/** Bytes of one length. */
export const exactly = (length: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length, `${length} bytes`);
export const signature = exactly(64);
export const signed = <T extends z.core.$ZodType>(body: T) => z.strictObject({ body, by: peer, sig: signature });
export const list = <T extends z.core.$ZodType>(item: T, max: number) => z.array(item).check(z.maxLength(max));

/** The first fault that a shape found, with its path. */
export function issueError(error: z.core.$ZodError, what: string): MeshError {
  const issue = error.issues[0]!;
  return new MeshError('field-invalid', { field: issue.path.join('.') || what, expected: issue.message });
}
