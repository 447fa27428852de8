import { expect, it, vi } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { billedEpsilon, curveTermsOf, roundCurve } from '#protocol/privacy/round-curve';
import { mechanismOf } from '#protocol/privacy/promise';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { epsilonOf } from '#protocol/privacy/rdp';
import { newIdentity, testManifest } from './manifest.fixture.ts';
import { openPrices } from './prices.ts';

it('rounds cost by Renyi at first and then what devices count: all T are within the budget', { timeout: 60_000 }, async () => {
  const { id: steward } = await newIdentity();
  const base = testManifest(steward, steward);
  const privacy = { ...base.privacy, rounds: 12, rate: 0.4 };
  const body = { ...base, privacy: { ...privacy, sigma: calibrateSigma(privacy) } };
  const federation = { id: hashBytes(new Uint8Array([1])), body };
  const { rate, sigma, delta, epsilon } = body.privacy;
  const price = openPrices();
  const byRenyi = epsilonOf([{ rate, sigma, rounds: 12 }], delta).epsilon;
  expect(price(federation, 0)).toBe(0);
  expect(price(federation, 12)).toBe(byRenyi);
  await vi.waitFor(() => expect(price(federation, 12)).toBeLessThan(byRenyi), { timeout: 30_000, interval: 100 });
  const next = mechanismOf(body);
  const curve = roundCurve(curveTermsOf([], { ...next, rounds: 12 }, delta, epsilon)!);
  expect(price(federation, 12)).toBe(billedEpsilon([{ ...next, rounds: 12 }], delta, curve));
  expect(price(federation, 12)).toBeLessThan(epsilon);
});

it('a curve is asked for once, and one that cannot be had changes nothing', async () => {
  const { id: steward } = await newIdentity();
  const body = testManifest(steward, steward);
  const curveOf = vi.fn<() => Promise<null>>(() => Promise.reject(new Error('no thread')));
  const price = openPrices(curveOf);
  const federation = { id: hashBytes(new Uint8Array([2])), body };
  const first = price(federation, 3);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect([price(federation, 3), price(federation, 4) > first, curveOf.mock.calls.length]).toEqual([first, true, 1]);
});
