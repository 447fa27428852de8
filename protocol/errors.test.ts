import { describe, expect, it } from 'vitest';
import { asMeshError, ERRORS, MeshError } from './errors.ts';

describe('the error table', () => {
  it('gives every code a client or server status and a close code that a WebSocket may send', () => {
    for (const [code, { status, close }] of Object.entries(ERRORS)) {
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(status, code).toBeLessThan(600);
      const registered = [1009, 1011, 1012, 1013];
      expect(registered.includes(close) || (close >= 4000 && close < 5000), code).toBe(true);
    }
  });

  it('asks for another try only where the same request may succeed', () => {
    expect(ERRORS['room-full'].retry).toBe(true);
    for (const code of ['signature-invalid', 'not-canonical', 'manifest-unsafe', 'budget-spent'] as const)
      expect(ERRORS[code].retry, code).toBe(false);
  });
});

describe('an error of the mesh', () => {
  it('says where, what was expected and what came', () => {
    const error = new MeshError('value-type', { row: 3, field: 'age', expected: '0 to 120', got: '400' });
    expect(error.message).toBe('value-type: row 3, age: expected 0 to 120, got 400');
    expect(new MeshError('stale').message).toBe('stale');
  });

  it('keeps its code when wrapped, and gives a code to anything else', () => {
    const error = new MeshError('stale', {}, new Error('why'));
    expect(asMeshError(error)).toBe(error);
    expect(error.cause).toEqual(new Error('why'));
    expect(asMeshError(new TypeError('x')).code).toBe('internal');
    for (const thrown of ['x', null, undefined, 7]) expect(asMeshError(thrown).code).toBe('internal');
  });
});
