import { expect, it, vi } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { updateLength } from '#protocol/manifest';
import { billedEpsilon, curveTermsOf, roundCurve } from '#protocol/privacy/round-curve';
import { mechanismOf } from '#protocol/privacy/promise';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { newIdentity, testManifest } from './manifest.fixture.ts';
import { openPrices } from './prices.ts';

it(
  'rounds cost what devices count, nothing is told before that is known, and all T are within the budget',
  { timeout: 60_000 },
  async () => {
    const { id: steward } = await newIdentity();
    const base = testManifest(steward, steward);
    const privacy = { ...base.privacy, rounds: 12, rate: 0.4 };
    const body = { ...base, privacy: { ...privacy, sigma: calibrateSigma({ ...privacy, coordinates: updateLength(base) }) } };
    const federation = { id: hashBytes(new Uint8Array([1])), body };
    const { delta, epsilon } = body.privacy;
    const price = openPrices();
    expect(price(federation, 0)).toBe(0);
    expect(price(federation, 12)).toBeNull();
    await vi.waitFor(() => expect(price(federation, 12)).not.toBeNull(), { timeout: 30_000, interval: 100 });
    const next = mechanismOf(body);
    const curve = roundCurve(curveTermsOf([], { ...next, rounds: 12 }, delta, epsilon)!);
    expect(price(federation, 12)).toBe(billedEpsilon([{ ...next, rounds: 12 }], delta, curve));
    expect(price(federation, 12)).toBeLessThan(epsilon);
    expect(price(federation, 12)).toBeGreaterThan(0.999 * epsilon);
  },
);

it('a curve is asked for once, and where it cannot be had the Renyi bound decides', async () => {
  const { id: steward } = await newIdentity();
  const body = testManifest(steward, steward);
  const curveOf = vi.fn<() => Promise<null>>(() => Promise.reject(new Error('no thread')));
  const price = openPrices(curveOf);
  const federation = { id: hashBytes(new Uint8Array([2])), body };
  const first = price(federation, 3);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const byRenyi = billedEpsilon([{ ...mechanismOf(body), rounds: 3 }], body.privacy.delta, null);
  expect([first, price(federation, 3), curveOf.mock.calls.length]).toEqual([null, byRenyi, 1]);
});
