/** Constants that wasm repeats because it imports only types of the protocol (docs/adr/0005) must equal the protocol's. */
import { expect, test } from 'vitest';
import { UNIT_ROWS_MAX as OF_MANIFESTS } from '#protocol/limits';
import { UNIT_ROWS_MAX } from './spec.ts';

test('as many rows of one unit count in the numerics as in manifests', () => {
  expect(UNIT_ROWS_MAX).toBe(OF_MANIFESTS);
});
