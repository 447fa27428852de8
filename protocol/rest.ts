/**
 * The REST interface of a relay: paths, shapes and codes, once, for the relay that answers and for everybody who asks. Refusals are
 * {code, field?, expected?, got?} with the status of the error table (errors.ts). The client is signaling/relay-client.ts.
 */
import type { Hash } from './codec.ts';
import { ERRORS } from './errors.ts';
import type { PeerId } from './identity.ts';
import { closed, count, flag, list, number, oneOf, orNull, pattern, text, type TypeOf } from './json-shape.ts';
import { RECORDS_PER_ANSWER_MAX } from './limits.ts';

/** Below the address of a relay, which may itself lie under a path. With `:id` or `:hash` they are the patterns of its routes. */
export const PATHS = {
  relay: 'api/relay',
  federations: 'api/federations',
  federation: (id: string) => `api/federations/${id}`,
  head: (id: string) => `api/federations/${id}/head`,
  records: (id: string) => `api/federations/${id}/records`,
  withdrawal: (id: string) => `api/federations/${id}/withdrawal`,
  blob: (hash: string) => `api/blobs/${hash}`,
  sample: (name: string) => `samples/${name}`,
  health: 'health',
  livez: 'livez',
  readyz: 'readyz',
  privacyStatus: 'privacy/status',
} as const;
/** A federation's id or a blob's hash: SHA-256 in base64url. */
export const ID = /^[\w-]{43}$/;
/** What never changes under its path: a signed manifest by its id, a blob by its hash. */
export const UNCHANGING = new RegExp(`^api/(federations|blobs)/(${ID.source.slice(1, -1)})$`);

export const CBOR = 'application/cbor';
export const BYTES = 'application/octet-stream';
export const JSON_TYPE = 'application/json';

/** A manifest that is sent: it was there already; it is there now; the relay's host has to approve it first. */
export const PUBLISHED = { again: 200, created: 201, waits: 202 } as const;
/** A code of the host, which admits one manifest without approval. As Node spells it. */
export const INVITATION_HEADER = 'mesh-invitation';
export const INVITATION_PATTERN = '^[\\w-]{16}$';

/** Whose manifests a relay takes: all, approved or invited ones, invited ones. */
export const PUBLISH_POLICIES = ['open', 'approve', 'closed'] as const;
export type PublishPolicy = (typeof PUBLISH_POLICIES)[number];

export const hash = { ...pattern<Hash>('^[\\w-]{43}$'), description: 'SHA-256 in base64url' };
const peer = pattern<PeerId>('^[\\w-]{44}$');

export const relayShape = closed({
  id: { ...peer, description: 'its public key: a compressed P-256 point in base64url' },
  region: { ...text, description: 'where its host says that it stands' },
  address: { ...orNull(text), description: 'what others open, with a slash at its end; null where its settings name no public host' },
  publish: { ...oneOf(PUBLISH_POLICIES), description: 'whose manifests it takes: all, approved or invited ones, invited ones' },
});
export type RelayInfo = TypeOf<typeof relayShape>;

const lineShape = closed({
  id: hash,
  name: text,
  steward: { ...text, description: 'key that signed the manifest' },
  description: text,
  region: text,
  unit: { ...text, description: 'what one guarantee protects' },
  epsilon: number,
  delta: number,
  rounds: { ...count, description: 'models after which it is finished: what the noise was calibrated for' },
  minContributors: count,
  members: { ...count, description: 'people in its room now; seats of this relay do not count' },
  round: { ...count, description: 'last decided round; 0: the model that everybody starts from' },
  models: { ...count, description: 'models that were made; rounds without a result are not among them' },
  manifest: { ...text, description: 'path of the signed manifest' },
  demo: { ...flag, description: 'the digits that this relay brings along for first visitors' },
});
export const federationsShape = list(lineShape);
/** One line of the list of federations. */
export type FederationLine = TypeOf<typeof lineShape>;

/** Where a federation stands. The same path answers with the whole CertifiedRecord as CBOR, unless JSON is asked for. */
export const headShape = closed({
  epoch: count,
  round: { ...count, description: 'the last decided one' },
  id: { ...hash, description: 'of the record that decided it' },
  state: { ...hash, description: 'of the model after it' },
});
export type Head = TypeOf<typeof headShape>;

export const createdShape = closed({ id: hash });
export const waitingShape = closed({ id: hash, waits: { ...text, description: 'a sentence for people' } });

/** Query of `records`. */
export const recordsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    from: { type: 'integer', minimum: 0, maximum: 2 ** 48, default: 0, description: 'first round' },
    limit: { type: 'integer', minimum: 1, maximum: RECORDS_PER_ANSWER_MAX, default: RECORDS_PER_ANSWER_MAX },
  },
} as const;

/** A refusal; all but the code may be missing. */
export const refusalShape = {
  type: 'object',
  required: ['code'],
  properties: { code: { type: 'string', enum: Object.keys(ERRORS) }, field: text, expected: text, got: text },
} as const;
