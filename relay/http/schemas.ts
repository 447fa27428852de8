/**
 * The shapes of the REST side as JSON Schema: fastify checks requests and writes answers by them, and /openapi.json shows them.
 */
import { ERRORS } from '#protocol/errors';
import { RECORDS_PER_ANSWER_MAX } from '#protocol/limits';
import { PUBLISH_POLICIES } from '../config.ts';

const hash = { type: 'string', pattern: '^[\\w-]{43}$', description: 'SHA-256 in base64url' } as const;
const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const closed = <P extends Record<string, object>>(properties: P) =>
  ({ type: 'object', additionalProperties: false, required: Object.keys(properties), properties }) as const;

const error = {
  description: 'Refused: a stable code, and the field at fault where there is one',
  type: 'object',
  required: ['code'],
  properties: { code: { type: 'string', enum: Object.keys(ERRORS) }, field: text, expected: text, got: text },
} as const;

/** Errors of any route. */
export const errors = { '4xx': error, '5xx': error } as const;

/** Raw bytes; an empty schema is what OpenAPI 3.1 says for binary content. */
export const binary = (type: string, description: string) => ({ description, content: { [type]: { schema: {} } } });
export const CBOR = 'application/cbor';
export const BYTES = 'application/octet-stream';

export const idParams = closed({ id: hash });
export const hashParams = closed({ hash });

export const recordsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    from: { type: 'integer', minimum: 0, maximum: 2 ** 48, default: 0, description: 'first round' },
    limit: { type: 'integer', minimum: 1, maximum: RECORDS_PER_ANSWER_MAX, default: RECORDS_PER_ANSWER_MAX },
  },
} as const;

export const health = {
  description: 'What the relay is doing, and the peers connected to it now',
  ...closed({
    status: {
      type: 'string',
      enum: ['ok', 'starting', 'degraded', 'draining'],
      description: 'degraded: a seat of this relay cannot vote now',
    },
    nodes: count,
  }),
};

export const relay = {
  description: 'Who this relay is, for those who name it as a seat of a federation',
  ...closed({
    id: { type: 'string', pattern: '^[\\w-]{44}$', description: 'its public key: a compressed P-256 point in base64url' },
    region: { type: 'string', description: 'where its host says that it stands' },
    address: {
      type: ['string', 'null'],
      description: 'what others open, with a slash at its end; null where its settings name no public host',
    },
    publish: {
      type: 'string',
      enum: [...PUBLISH_POLICIES],
      description: 'whose manifests it takes: all, approved or invited ones, invited ones',
    },
  }),
};

export const probe = { description: 'Yes or no, by the status code', ...closed({ status: text }) };

export const metricsText = {
  description: 'Prometheus exposition format 0.0.4',
  content: { 'text/plain': { schema: { type: 'string' } } },
};

export const created = { description: 'The id under which the federation is kept', ...closed({ id: hash }) };

/** As Node spells it. */
export const INVITATION_HEADER = 'mesh-invitation';
export const publishHeaders = {
  type: 'object',
  properties: {
    [INVITATION_HEADER]: { type: 'string', pattern: '^[\\w-]{16}$', description: 'a code of the host, which lets one manifest in unasked' },
  },
} as const;
export const waiting = {
  description: 'The host has to approve it first; until then it is on no list, and nobody can join it',
  ...closed({ id: hash, waits: { type: 'string', description: 'a sentence for people' } }),
};

export const federations = {
  description: 'The demo first, then federations in the order in which the relay learnt of them',
  type: 'array',
  items: closed({
    id: hash,
    name: text,
    steward: { ...text, description: 'key that signed the manifest' },
    description: text,
    region: text,
    unit: { type: 'string', description: 'what one guarantee protects' },
    epsilon: { type: 'number' },
    delta: { type: 'number' },
    rounds: { ...count, description: 'models after which it is finished: what the noise was calibrated for' },
    minContributors: count,
    members: { ...count, description: 'people in its room now; seats of this relay do not count' },
    round: { ...count, description: 'last decided round; 0: the model that everybody starts from' },
    models: { ...count, description: 'models that were made; rounds without a result are not among them' },
    manifest: { type: 'string', description: 'path of the signed manifest' },
    demo: { type: 'boolean', description: 'the digits that this relay brings along for first visitors' },
  }),
} as const;

export const privacyStatus = {
  description:
    'The privacy policy of each federation, in the order in which the relay learnt of them, and what members’ updates in its models cost. ' +
    'Budgets that members set for themselves, and what their rows paid in all, are counted on devices and never sent.',
  type: 'array',
  items: closed({
    id: hash,
    name: text,
    unit: { type: 'string', description: 'what one guarantee protects' },
    relation: { type: 'string', description: 'how neighbouring data sets differ' },
    mechanism: text,
    epsilon: { type: 'number', description: 'the most that a member may spend here' },
    delta: { type: 'number' },
    sigma: { type: 'number', description: 'noise multiplier: deviation over clip norm' },
    clip: { type: 'number', description: 'L2 clip norm of one unit' },
    rate: { type: 'number', description: 'chance of each unit to be drawn in one round' },
    rounds: { ...count, description: 'models after which it is finished: what the noise was calibrated for' },
    decided: { ...count, description: 'last decided round; a member pays only for rounds that its own update was made for' },
    spent: {
      description:
        'by members’ signed updates in certified models, each of which cost one round; null for fewer than 10 people, and where a record is damaged',
      type: ['object', 'null'],
      additionalProperties: false,
      required: ['people', 'histogram', 'nearBudget'],
      properties: {
        people: count,
        histogram: {
          type: 'array',
          items: closed({
            atMost: { type: ['number', 'null'], description: 'epsilon as devices count it; null: more than the budget' },
            people: count,
          }),
        },
        nearBudget: { ...count, description: 'members at 80 % of the budget or more' },
      },
    },
  }),
} as const;
