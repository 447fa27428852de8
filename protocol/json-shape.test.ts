import { describe, expect, it } from 'vitest';
import { checked, closed, count, flag, list, number, oneOf, orNull, pattern, text } from './json-shape.ts';

const shape = closed({
  name: text,
  id: pattern('^[a-z]{3}$'),
  size: orNull(number),
  models: count,
  policy: oneOf(['open', 'closed']),
  demo: flag,
  parts: list(closed({ at: count })),
});
const good = { name: 'x', id: 'abc', size: null, models: 0, policy: 'open', demo: false, parts: [{ at: 1 }] };

describe('a shape', () => {
  it('lets through what it says, and properties that it does not know', () => {
    const more = { ...good, size: 1.5, parts: [], added: 'by a newer relay' };
    expect(checked(shape, good, 'answer')).toBe(good);
    expect(checked(shape, more, 'answer')).toBe(more);
  });

  it.each([
    ['answer', null],
    ['answer', [good]],
    ['answer', 'text'],
    ['answer.name', { ...good, name: 7 }],
    ['answer.name', { ...good, name: undefined }],
    ['answer.id', { ...good, id: 'abcd' }],
    ['answer.id', { ...good, id: null }],
    ['answer.size', { ...good, size: '1' }],
    ['answer.models', { ...good, models: -1 }],
    ['answer.models', { ...good, models: 1.5 }],
    ['answer.policy', { ...good, policy: 'other' }],
    ['answer.demo', { ...good, demo: 'false' }],
    ['answer.parts', { ...good, parts: { 0: { at: 1 } } }],
    ['answer.parts.1.at', { ...good, parts: [{ at: 1 }, {}] }],
    ['answer.parts.0', { ...good, parts: [null] }],
  ])('names %s where it does not hold', (field, value) => {
    expect(() => checked(shape, value, 'answer')).toThrow(
      expect.objectContaining({ code: 'frame-malformed', detail: expect.objectContaining({ field }) }),
    );
  });

  it('is JSON Schema as it stands: fastify and the OpenAPI page take it so', () => {
    expect(closed({ a: orNull(pattern('^x$')), b: list(count) })).toEqual({
      type: 'object',
      additionalProperties: false,
      required: ['a', 'b'],
      properties: { a: { type: ['string', 'null'], pattern: '^x$' }, b: { type: 'array', items: { type: 'integer', minimum: 0 } } },
    });
  });
});
