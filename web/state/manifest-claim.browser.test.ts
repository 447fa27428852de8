/** How a page treats manifests whose claim only the accountant's thread can judge. */
import { afterEach, expect, it, vi } from 'vitest';
import { encode, type Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody } from '#protocol/identity';
import { federationId, updateLength, type ManifestBody } from '#protocol/manifest/manifest';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { manifestFixture } from '#workers/manifest.fixture';
import { fetchManifest, policyProblem } from './manifest.ts';

afterEach(() => vi.unstubAllGlobals());

async function problemOf(noise: number) {
  const steward = await identityOf(await generateKeyPair(false));
  const base = manifestFixture();
  const sigma = noise * calibrateSigma({ ...base.privacy, coordinates: updateLength(base) });
  const body: ManifestBody = { ...base, steward: steward.id, privacy: { ...base.privacy, sigma } };
  const bytes = encode(await signBody(steward, body));
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(bytes)));
  const manifest = await fetchManifest(federationId(body) as Hash);
  return manifest.ok ? policyProblem(manifest.value) : manifest.error;
}

it('takes noise that the deciding accountant finds enough, and bars a claim that it does not', async () => {
  expect(await problemOf(1)).toBeNull();
  expect(await problemOf(0.99)).toMatchObject({ code: 'manifest-unsafe', detail: { field: 'privacy.epsilon' } });
});
