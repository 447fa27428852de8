/** A federation published by a steward of the test's own: the built-in digits with other numbers, seated by the same relay. */
import { decode } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, signBody } from '#protocol/identity';
import type { ManifestBody, SignedManifest } from '#protocol/manifest/manifest';
import { federationId } from '#protocol/manifest/manifest';
import { sigmaByRenyi } from '#protocol/privacy/calibration';
import { fetchFederations, fetchManifest } from '#signaling/relay-client';
import { postManifest } from '#signaling/relay-signed';

const ADMITTED_TRIES = 40;

export async function builtinManifest(relay: string, name: string): Promise<ManifestBody> {
  const list = await admitted(() => fetchFederations(relay));
  const found = list.find((f) => f.name === name);
  if (found === undefined) throw new Error(`the relay lists no "${name}"`);
  return (decode(await fetchManifest(relay, found.id)) as SignedManifest).body;
}

/** A relay that has just started on a busy machine turns people away for a moment: asks again, as they would. */
async function admitted<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === ADMITTED_TRIES || asMeshError(error).code !== 'overloaded') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** @returns its id. Sigma is calibrated for `rounds`. */
export async function publishDigits(
  relay: string,
  name: string,
  rounds: number,
  timing: Partial<ManifestBody['rounds']>,
  hidden?: readonly number[],
  change: Partial<ManifestBody> = {},
): Promise<string> {
  return publishChanged(relay, rounds, (base) => ({
    ...change,
    name,
    rounds: { ...base.rounds, ...timing },
    ...(hidden === undefined ? {} : { model: { kind: 'mlp', hidden: [...hidden], activation: 'tanh', seed: base.model.seed } }),
  }));
}

/** The built-in digits with whatever is changed of them; sigma is calibrated for `rounds` at the epsilon, delta and rate that come out. */
export async function publishChanged(
  relay: string,
  rounds: number,
  change: (base: ManifestBody) => Partial<ManifestBody>,
): Promise<string> {
  const base = await builtinManifest(relay, 'Handwritten digits');
  const steward = await identityOf(await generateKeyPair(false));
  const changed: ManifestBody = { ...base, ...change(base), nonce: crypto.randomUUID(), steward: steward.id };
  const { epsilon, delta, rate } = changed.privacy;
  const body: ManifestBody = {
    ...changed,
    privacy: { ...changed.privacy, rounds, sigma: sigmaByRenyi({ epsilon, delta, rate, rounds }) },
  };
  const id = federationId(body);
  await postManifest(relay, await signBody(steward, body), id, '');
  return id;
}
