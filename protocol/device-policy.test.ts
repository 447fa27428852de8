import { describe, expect, it } from 'vitest';
import { checkDevicePolicy, checkPolicyFloor, EPSILON_SLACK, POLICY_FLOOR } from './device-policy.ts';
import { manifestFixture } from '#workers/manifest.fixture';
import { generateKeyPair, identityOf, signBody } from './identity.ts';
import { updateLength, type ManifestBody } from './manifest/manifest.ts';
import { openManifest, parseManifestBody } from './manifest/open.ts';
import { calibrateSigma, sigmaByRenyi } from './privacy/calibration.ts';

const base = manifestFixture();
const goal = { ...base.privacy, coordinates: updateLength(base) };
const withPrivacy = (change: Partial<ManifestBody['privacy']>) => parseManifestBody({ ...base, privacy: { ...base.privacy, ...change } });
const sigma = calibrateSigma(goal);
const refused = { code: 'manifest-unsafe', detail: { field: 'privacy.epsilon' } };

describe('a manifest that a device accepts', () => {
  it('has the noise that the deciding accountant asks for, which Renyi alone would not take', async () => {
    expect(sigma).toBeLessThan(0.95 * sigmaByRenyi(goal));
    await expect(checkDevicePolicy(withPrivacy({ sigma }))).resolves.toBeUndefined();
  });

  it('does not claim less than its rounds cost, though it is a valid manifest', async () => {
    const { epsilon, rounds } = base.privacy;
    for (const lie of [
      { sigma: sigma * 0.999 },
      { sigma, epsilon: epsilon * 0.999 },
      { sigma, rounds: rounds + 1 },
      { sigma, rate: 0.5 },
    ]) {
      await expect(checkDevicePolicy(withPrivacy(lie)), JSON.stringify(lie)).rejects.toMatchObject(refused);
    }
  });

  it('is the same for engines that differ in their last digits', async () => {
    const body = withPrivacy({ sigma });
    const { epsilon } = body.privacy;
    for (const off of [-1e-9, 0, 1e-9, EPSILON_SLACK / 2]) {
      await expect(checkDevicePolicy(body, () => epsilon * (1 + off))).resolves.toBeUndefined();
    }
    await expect(checkDevicePolicy(body, () => epsilon * (1 + 2 * EPSILON_SLACK))).rejects.toMatchObject(refused);
  });

  it('is not accepted where the accountant gives no answer, and settled without it where Renyi says enough', async () => {
    const silent = () => Promise.reject(new Error('no thread'));
    await expect(checkDevicePolicy(withPrivacy({ sigma }), silent)).rejects.toThrow('no thread');
    await expect(checkDevicePolicy(withPrivacy({ sigma: sigmaByRenyi(goal) }), silent)).resolves.toBeUndefined();
  });

  it.each([
    ['sigma', 1.09],
    ['sigma', 0],
    ['epsilon', 8.01],
    ['delta', 1.1e-4],
    ['delta', 1e-12],
    ['delta', 9.9e-10],
  ])('does not switch privacy off, nor take a budget for nothing, though it is a valid manifest: %s = %d', async (field, value) => {
    const unsafe = { code: 'manifest-unsafe', detail: { field: `privacy.${field}` } };
    await expect(checkDevicePolicy(withPrivacy({ [field]: value }), () => 0)).rejects.toMatchObject(unsafe);
  });

  it('may be at the floors', () => {
    for (const [field, value] of [
      ['sigma', 1.1],
      ['epsilon', 8],
      ['delta', 1e-4],
      ['delta', 1e-9],
    ] as const) {
      expect(() => checkPolicyFloor(withPrivacy({ rate: 0.001, rounds: 1, [field]: value }))).not.toThrow();
    }
  });

  it('opens under floors that were raised since, and is not accepted any more', async () => {
    const steward = await identityOf(await generateKeyPair(false));
    const signed = await signBody(steward, { ...base, steward: steward.id });
    await checkDevicePolicy((await openManifest(signed)).body);
    const floor: { sigmaMin: number } = POLICY_FLOOR;
    const { sigmaMin } = floor;
    floor.sigmaMin = base.privacy.sigma + 0.1;
    try {
      const { body } = await openManifest(signed);
      await expect(checkDevicePolicy(body)).rejects.toMatchObject({ code: 'manifest-unsafe', detail: { field: 'privacy.sigma' } });
    } finally {
      floor.sigmaMin = sigmaMin;
    }
  });
});
