/**
 * The shapes of the REST side as JSON Schema: fastify validates requests and serialises responses with them, and /openapi.json shows them.
 */
import { closed, count, list, number, oneOf, orNull, text } from '#protocol/json-shape';
import {
  CBOR,
  createdShape,
  federationsShape,
  hash,
  headShape,
  INVITATION_HEADER,
  INVITATION_PATTERN,
  JSON_TYPE,
  refusalShape,
  relayShape,
  waitingShape,
} from '#protocol/rest';

const error = { description: 'Refused: a stable code, and the field at fault where there is one', ...refusalShape };

/** Errors of any route. */
export const errors = { '4xx': error, '5xx': error } as const;

/** Raw bytes; OpenAPI 3.1 uses an empty schema for binary content. */
export const binary = (type: string, description: string) => ({ description, content: { [type]: { schema: {} } } });

export const idParams = closed({ id: hash });
export const hashParams = closed({ hash });

export const health = {
  description: 'What the relay is doing, and the peers connected to it now',
  ...closed({
    status: { ...oneOf(['ok', 'starting', 'degraded', 'draining']), description: 'degraded: a seat of this relay cannot vote now' },
    nodes: count,
  }),
};

export const relay = { description: 'Who this relay is, for those who name it as a seat of a federation', ...relayShape };

export const probe = { description: 'Yes or no, by the status code', ...closed({ status: text }) };

export const metricsText = {
  description: 'Prometheus exposition format 0.0.4',
  content: { 'text/plain': { schema: { type: 'string' } } },
};

export const created = { description: 'The id under which the federation is kept', ...createdShape };
export const waiting = {
  description: 'The host has to approve it first; until then it is on no list, and nobody can join it',
  ...waitingShape,
};
export const publishHeaders = {
  type: 'object',
  properties: {
    [INVITATION_HEADER]: {
      type: 'string',
      pattern: INVITATION_PATTERN,
      description: 'a code of the host, which lets one manifest in unasked',
    },
  },
} as const;

export const federations = {
  description: 'The demo first, then federations in the order in which the relay learnt of them',
  ...federationsShape,
};

export const head = {
  description: 'The CertifiedRecord; or, where JSON is asked for, what it says of where the federation stands',
  content: { [CBOR]: { schema: {} }, [JSON_TYPE]: { schema: headShape } },
};

export const privacyStatus = {
  description:
    'The privacy policy of each federation, in the order in which the relay learnt of them, and what members’ updates in its models cost. ' +
    'Budgets that members set for themselves, and what their rows paid in all, are counted on devices and never sent.',
  ...list(
    closed({
      id: hash,
      name: text,
      unit: { ...text, description: 'what one guarantee protects' },
      relation: { ...text, description: 'how neighbouring data sets differ' },
      mechanism: text,
      epsilon: { ...number, description: 'the most that a member may spend here' },
      delta: number,
      sigma: { ...number, description: 'noise multiplier: deviation over clip norm' },
      clip: { ...number, description: 'L2 clip norm of one unit' },
      rate: { ...number, description: 'chance of each unit to be drawn in one round' },
      rounds: { ...count, description: 'models after which it is finished: what the noise was calibrated for' },
      decided: { ...count, description: 'last decided round; a member pays only for rounds that its own update was made for' },
      spent: {
        ...orNull(
          closed({
            people: count,
            histogram: list(
              closed({
                atMost: { ...orNull(number), description: 'epsilon as devices count it; null: more than the budget' },
                people: count,
              }),
            ),
            nearBudget: { ...count, description: 'members at 80 % of the budget or more' },
          }),
        ),
        description:
          'by members’ signed updates in certified models, each of which cost one round; null for fewer than 10 people, and where a record is damaged',
      },
    }),
  ),
};
