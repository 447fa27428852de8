/** Shapes of the messages of secure aggregation: whatever they let pass is bounded by numbers, and means nothing yet (messages.ts). */
import * as z from 'zod/mini';
import { bytes, exactly, hash, issueError, list, natural, peer, signed } from '../field-shapes.ts';
import { GROUP_MAX, PARAMETERS_MAX, SEATS_MAX } from '../limits.ts';
import type { SecaggMessage } from './messages.ts';

/** Bytes of a scalar or point, of a share sealed to its reader (two scalars and a tag), and of a set of members. */
export const SCALAR_BYTES = 32;
export const SEALED_SHARE_BYTES = 2 * SCALAR_BYTES + 16;
export const KEPT_BYTES = GROUP_MAX / 8;
/** Hashes from a leaf to the root of a group's tree. */
const PATH_MAX = Math.ceil(Math.log2(GROUP_MAX));

const at = { fed: hash, epoch: natural, round: natural, view: natural, attempt: natural };
const inContext = { ...at, context: hash };
const scalars = z.custom<Uint8Array>(
  (value) =>
    value instanceof Uint8Array && value.length > 0 && value.length % SCALAR_BYTES === 0 && value.length <= GROUP_MAX * SCALAR_BYTES,
  `1 to ${GROUP_MAX} times ${SCALAR_BYTES} bytes`,
);
const sealedShare = exactly(SEALED_SHARE_BYTES);

const deal = signed(z.strictObject({ t: z.literal('deal'), ...inContext, keys: scalars, seeds: scalars, sealed: hash }));
const ready = signed(z.strictObject({ t: z.literal('ready'), ...inContext, deals: hash, complaints: list(peer, GROUP_MAX) }));
const begin = signed(
  z.strictObject({ t: z.literal('begin'), ...inContext, dealers: list(z.strictObject({ member: peer, deal: hash }), GROUP_MAX) }),
);
const commitment = signed(
  z.strictObject({
    t: z.literal('commitment'),
    ...inContext,
    group: natural,
    state: hash,
    stateRound: natural,
    vector: hash,
    ledger: hash,
    deals: hash,
    tip: hash,
  }),
);
const survivors = signed(
  z.strictObject({
    t: z.literal('survivors'),
    ...inContext,
    group: natural,
    deals: hash,
    kept: exactly(KEPT_BYTES),
    senders: natural.check(z.lte(GROUP_MAX)),
    root: hash,
  }),
);
const consistent = signed(z.strictObject({ t: z.literal('consistent'), ...inContext, survivors: hash }));
const unmask = signed(z.strictObject({ t: z.literal('unmask'), ...inContext, survivors: hash, shares: scalars }));
const dealt = z.strictObject({ deal, share: sealedShare, path: list(exactly(32), PATH_MAX) });

const message = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('deal'), signed: deal, shares: list(sealedShare, GROUP_MAX - 1) }),
  z.strictObject({ t: z.literal('dealt'), context: hash, deals: list(dealt, GROUP_MAX) }),
  z.strictObject({ t: z.literal('ready'), signed: ready }),
  z.strictObject({ t: z.literal('begin'), signed: begin }),
  z.strictObject({ t: z.literal('masked'), signed: commitment, vector: bytes(PARAMETERS_MAX * 4) }),
  z.strictObject({ t: z.literal('held'), context: hash, commitment: hash }),
  z.strictObject({ t: z.literal('fixed'), certificate: list(survivors, SEATS_MAX) }),
  z.strictObject({ t: z.literal('consistent'), signed: consistent }),
  z.strictObject({ t: z.literal('agreed'), signatures: list(consistent, GROUP_MAX) }),
  z.strictObject({ t: z.literal('unmask'), signed: unmask }),
]);

/**
 * @param value decoded CBOR from a stranger
 * @throws MeshError field-invalid (with the path)
 */
export function parseSecagg(value: unknown): SecaggMessage {
  const result = z.safeParse(message, value);
  if (!result.success) throw issueError(result.error, 'message');
  return result.data as unknown as SecaggMessage;
}
