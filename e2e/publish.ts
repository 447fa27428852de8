/** A federation published by a steward of the test's own: the built-in digits with other numbers, seated by the same relay. */
import { decode, encode } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody } from '#protocol/identity';
import type { ManifestBody, SignedManifest } from '#protocol/manifest';
import { federationId } from '#protocol/manifest';
import { sigmaByRenyi } from '#protocol/privacy/calibration';

export async function builtinManifest(relay: string, name: string): Promise<ManifestBody> {
  const list = (await (await fetch(new URL('/api/federations', relay))).json()) as { id: string; name: string }[];
  const found = list.find((f) => f.name === name);
  if (found === undefined) throw new Error(`the relay lists no "${name}"`);
  const response = await fetch(new URL(`/api/federations/${found.id}`, relay));
  return (decode(new Uint8Array(await response.arrayBuffer())) as SignedManifest).body;
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
  const response = await fetch(new URL('/api/federations', relay), {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: encode(await signBody(steward, body)),
  });
  if (!response.ok) throw new Error(`publishing failed: ${await response.text()}`);
  return federationId(body);
}
