/**
 * The manifest of a federation: everything its members agree on, signed by its steward. Its hash is the federation's id. This file has its
 * types and what follows from them. schema.ts has its fields, rules.ts the rules that join them, and open.ts opens one from a stranger. All
 * constants that touch data (ranges, categories, rates, bounds) are public and fixed in it: rounds never change them.
 */
import type * as z from 'zod/mini';
import { bodyHash, type Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import type { PeerId, Signed } from '../identity.ts';
import { flat, perceptron, planNetwork, valuesOf, worded, type Network } from '../model/architecture.ts';
import { unitSteps } from '../privacy/adaptive-clip.ts';
import { largestLot } from '../privacy/lot-tail.ts';
import type { manifestShape } from './schema.ts';
import { inputShape, inputWidth, numberAnswerOf, outputsOf } from './task.ts';

export type ManifestBody = z.infer<typeof manifestShape>;
export type SignedManifest = Signed<ManifestBody>;

/** A manifest whose signature, version and rules have been checked. */
export interface Manifest {
  readonly id: Hash;
  readonly body: ManifestBody;
  readonly signed: SignedManifest;
}

export function federationId(manifest: ManifestBody): Hash {
  return bodyHash('manifest', manifest);
}

type Modelled = Pick<ManifestBody, 'task' | 'model'>;
const networks = new WeakMap<Modelled, Network>();

/**
 * The model that a manifest describes. Planned once for each manifest object, which must not change afterwards.
 * @throws MeshError field-invalid, naming the layer, or model.hidden for an MLP that is too large
 */
export function networkOf(manifest: Modelled): Network {
  let network = networks.get(manifest);
  if (network === undefined) networks.set(manifest, (network = planModel(manifest)));
  return network;
}

function planModel({ task, model }: Modelled): Network {
  const outputs = outputsOf(task);
  if (model.kind === 'mlp') {
    const inputs = inputWidth(task);
    try {
      return planNetwork(flat(inputs), perceptron([inputs, ...model.hidden, outputs], model.activation));
    } catch (error) {
      throw error instanceof MeshError ? new MeshError(error.code, { ...error.detail, field: 'model.hidden' }) : error;
    }
  }
  const network = planNetwork(inputShape(task), model.layers);
  const { output } = network;
  if (output.channels === outputs && valuesOf(output) === outputs) return network;
  throw new MeshError('field-invalid', {
    field: `layer ${model.layers.length} ${model.layers.at(-1)!.kind}`,
    expected: numberAnswerOf(task) === null ? `${outputs} flat outputs, one for each class` : '1 flat output, the answer',
    got: worded(output),
  });
}

export function seatsOf(manifest: Pick<ManifestBody, 'seats'>): { ids: PeerId[]; f: number } {
  const list = manifest.seats.kind === 'home' ? manifest.seats.relays : manifest.seats.ids;
  return { ids: list as PeerId[], f: manifest.seats.kind === 'home' ? 0 : manifest.seats.f };
}

/** Numbers in one update: one per parameter, and the count that an adaptive clip norm follows. */
export function updateLength(manifest: Modelled & Pick<ManifestBody, 'privacy'>): number {
  return networkOf(manifest).parameterCount + (manifest.privacy.adaptive === undefined ? 0 : 1);
}

/**
 * The largest L2 norm an honest noised update has, in grid steps: with C the most that one unit adds and m the most units that a Poisson
 * lot of rowsMax has, m * C + sigma * C * (sqrt(n) + 6), n its length. Either part is exceeded with probability below e^-18; such an update
 * is refused and its round stays paid, but nothing else is lost.
 */
export function updateNormMax(manifest: ManifestBody): number {
  const { rate, rowsMax, sigma } = manifest.privacy;
  return unitSteps(manifest.privacy).sensitivity * (largestLot(rowsMax, rate) + sigma * (Math.sqrt(updateLength(manifest)) + 6));
}
