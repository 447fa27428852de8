import { describe, expect, it } from 'vitest';
import type { PeerId } from '#protocol/identity';
import { CBOR_ITEMS_TOTAL_MAX, SOCKET_BYTES_BURST, SOCKET_BYTES_PER_S, STATE_BYTES_MAX } from '#protocol/limits';
import { Allowances } from './allowance.ts';

const [A, B] = ['a', 'b'] as PeerId[] as [PeerId, PeerId];

function at(): { allowances: Allowances; pass(ms: number): void } {
  let now = 0;
  return { allowances: new Allowances(() => now), pass: (ms) => void (now += ms) };
}

describe('an allowance', () => {
  it('covers a few of the largest messages at once, then is used up, and comes back with time', () => {
    const { allowances, pass } = at();
    let heard = 0;
    while (heard < 100 && allowances.mayDecode(A, CBOR_ITEMS_TOTAL_MAX)) heard++;
    expect(heard).toBeGreaterThanOrEqual(2);
    expect(heard).toBeLessThan(10);
    expect(allowances.mayDecode(A, 1)).toBe(false);
    expect(allowances.mayDecode(B, 1)).toBe(true);
    pass(60_000);
    expect(allowances.mayDecode(A, 1)).toBe(true);
  });

  it('answers with states as fast as a socket takes them, not faster', () => {
    const { allowances, pass } = at();
    let bytes = 0;
    for (let ms = 0; ms < 10_000; ms += 10, pass(10)) if (allowances.mayAnswer(A, STATE_BYTES_MAX)) bytes += STATE_BYTES_MAX;
    expect(bytes).toBeGreaterThan(SOCKET_BYTES_BURST);
    expect(bytes).toBeLessThan(SOCKET_BYTES_BURST + 10 * SOCKET_BYTES_PER_S + 2 * STATE_BYTES_MAX);
  });

  it('is not paid for questions that were refused, and is forgotten with the peer', () => {
    const { allowances, pass } = at();
    let asked = 0;
    for (let i = 0; i < 10_000; i++) if (allowances.mayAsk(A)) asked++;
    expect(asked).toBeLessThan(200);
    pass(1000);
    expect(allowances.mayAsk(A)).toBe(true);
    for (let i = 0; i < 10_000; i++) allowances.mayAsk(A);
    allowances.keep(new Set([B]));
    expect(allowances.mayAsk(A)).toBe(true);
  });
});
