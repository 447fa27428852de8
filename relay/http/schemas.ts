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

const error = { description: 'Refused: a stable code, and the field at fault if there is one', ...refusalShape };

/** Errors of any route. */
export const errors = { '4xx': error, '5xx': error } as const;

/** Raw bytes; OpenAPI 3.1 uses an empty schema for binary content. */
export const binary = (type: string, description: string) => ({ description, content: { [type]: { schema: {} } } });

export const idParams = closed({ id: hash });
export const hashParams = closed({ hash });

export const health = {
  description: 'State of the relay, and the peers connected to it now',
  ...closed({
    status: { ...oneOf(['ok', 'starting', 'degraded', 'draining']), description: 'degraded: a seat of this relay cannot vote now' },
    nodes: count,
  }),
};

export const relay = { description: 'Identity of this relay, for manifests that make it a seat', ...relayShape };

export const probe = { description: 'The status code answers the question', ...closed({ status: text }) };

export const metricsText = {
  description: 'Prometheus exposition format 0.0.4',
  content: { 'text/plain': { schema: { type: 'string' } } },
};

export const created = { description: 'The id under which the federation is kept', ...createdShape };
export const waiting = {
  description: 'The host has to approve it first; until then it is not listed, and nobody can join it',
  ...waitingShape,
};
export const publishHeaders = {
  type: 'object',
  properties: {
    [INVITATION_HEADER]: {
      type: 'string',
      pattern: INVITATION_PATTERN,
      description: 'a code from the host, which admits one manifest without approval',
    },
  },
} as const;

export const federations = {
  description: 'The demo first, then federations in the order in which the relay learnt of them',
  ...federationsShape,
};

export const head = {
  description: 'The CertifiedRecord, or as JSON the federation’s position',
  content: { [CBOR]: { schema: {} }, [JSON_TYPE]: { schema: headShape } },
};

export const privacyStatus = {
  description:
    'The privacy policy of each federation, in the order in which the relay learnt of them, and what members’ updates in its models cost. ' +
    'Budgets that members set for themselves, and what their rows paid in total, are counted on devices and never sent.',
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
      rate: { ...number, description: 'probability that a unit is drawn in one round' },
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
          'by members’ signed updates in certified models, each of which cost one round; null for fewer than 10 people, or if a record is damaged',
      },
    }),
  ),
};
