import { expect, it, vi } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { CLAIMS_WAITING_MAX } from '#protocol/limits';
import { updateLength } from '#protocol/manifest/manifest';
import { billedEpsilon, curveTermsOf, roundCurve } from '#protocol/privacy/round-curve';
import { mechanismOf } from '#protocol/privacy/ledger/promise';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { newIdentity, testManifest } from './manifest.fixture.ts';
import { openClaims, openPrices } from './prices.ts';

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

it('a curve is requested once, and without one the Renyi bound decides', async () => {
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

it('claims are priced one at a time, a few wait, and one without an answer is refused alone', async () => {
  let [running, most] = [0, 0];
  const cost = openClaims(async ([, , epsilon]) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    if (epsilon === 2) throw new Error('no thread');
    return epsilon === 3 ? null : epsilon;
  });
  const next = { rate: 0.1, sigma: 1.1, rounds: 1, gridBits: 16, coordinates: 10 };
  const asked = Array.from({ length: CLAIMS_WAITING_MAX + 4 }, (_, i) => cost(next, 1e-5, i));
  const codes = (await Promise.allSettled(asked)).map((one) =>
    one.status === 'fulfilled' ? one.value : ((one.reason.code ?? 'thrown') as string),
  );
  const through = Array.from({ length: CLAIMS_WAITING_MAX }, (_, i) => (i === 2 ? 'thrown' : i === 3 ? 'internal' : i));
  expect(codes).toEqual([...through, ...Array.from({ length: 4 }, () => 'overloaded')]);
  expect(most).toBe(1);
  await expect(cost(next, 1e-5, 7)).resolves.toBe(7);
});
