/**
 * The manifest of a federation: everything its members agree on, signed by its steward. Its hash is the federation's id.
 * All constants that touch data (ranges, categories, rates, bounds) are public and fixed here: rounds change none.
 */
import * as z from 'zod/mini';
import { encode, bodyHash, type Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { parsePeerId, verifySigned, type PeerId, type Signed } from '../identity.ts';
import { MANIFEST_BYTES_MAX, STATE_BYTES_MAX, TENSORS_MAX } from '../limits.ts';
import { MANIFEST_VERSION, manifestShape } from './shape.ts';
import { flat, perceptron, planNetwork, valuesOf, worded, type Network } from '../model/architecture.ts';
import { unitSteps } from '../privacy/adaptive-clip.ts';
import { largestLot } from '../privacy/lot-tail.ts';
import { SAFETENSORS_HEADER_BYTES_MAX } from '../model/safetensors.ts';
import { checkTask, groupOf, inputShape, inputWidth, numberAnswerOf, outputsOf } from './task.ts';

/** Critical extensions that this build understands. An unknown one is refused (X.509's rule). */
const EXTENSIONS_KNOWN: readonly string[] = [];

/** Fewer would round the quantile that is followed. */
const COUNT_STEPS_MIN = 32;

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

/** Numbers of one update: one for each parameter, and the count that an adaptive clip norm follows. */
export function updateLength(manifest: Modelled & Pick<ManifestBody, 'privacy'>): number {
  return networkOf(manifest).parameterCount + (manifest.privacy.adaptive === undefined ? 0 : 1);
}

/**
 * The largest L2 norm an honest noised update has, in grid steps: with C the most that one unit adds and m the most units that a Poisson
 * lot of rowsMax has, m * C + sigma * C * (sqrt(n) + 6), n its length. Either part is exceeded with probability below e^-18; such an
 * update is refused, its round is paid, and nothing else is lost.
 */
export function updateNormMax(manifest: ManifestBody): number {
  const { rate, rowsMax, sigma } = manifest.privacy;
  return unitSteps(manifest.privacy).reach * (largestLot(rowsMax, rate) + sigma * (Math.sqrt(updateLength(manifest)) + 6));
}

/**
 * @param input an untrusted {body, by, sig}
 * @throws MeshError manifest-version, field-invalid (with the path), extension-unknown, signature-invalid
 */
export async function openManifest(input: unknown): Promise<Manifest> {
  const { body: rawBody, by, sig } = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  const version = (rawBody as { version?: unknown } | null | undefined)?.version;
  if (version !== MANIFEST_VERSION) {
    throw new MeshError('manifest-version', {
      field: 'version',
      expected: String(MANIFEST_VERSION),
      got: JSON.stringify(version) ?? 'nothing',
    });
  }
  const parsed = parseManifestBody(rawBody);
  if (!(sig instanceof Uint8Array) || typeof by !== 'string') throw new MeshError('signature-invalid', { field: 'sig' });
  const signed: SignedManifest = { body: parsed, by: parsePeerId(by, 'by'), sig };
  if (by !== parsed.steward || !(await verifySigned(signed))) {
    throw new MeshError('signature-invalid', { field: 'sig', expected: "the steward's signature" });
  }
  return { id: federationId(parsed), body: parsed, signed };
}

/** What is wrong, as deep as it can be named: of a value of one of several shapes, by the first one that has all of its fields. */
function namedIssue(issue: z.core.$ZodIssue): Pick<z.core.$ZodIssue, 'path' | 'message'> {
  if (issue.code !== 'invalid_union') return issue;
  const meant = issue.errors.find((issues) => issues.every(({ code }) => code !== 'unrecognized_keys'))?.[0];
  if (meant === undefined) return issue;
  const { path, message } = namedIssue(meant);
  return { path: [...issue.path, ...path], message };
}

/** Shape and rules, without the signature. */
export function parseManifestBody(input: unknown): ManifestBody {
  const result = z.safeParse(manifestShape, input);
  if (!result.success) {
    const { path, message } = namedIssue(result.error.issues[0]!);
    throw new MeshError('field-invalid', { field: path.join('.') || 'manifest', expected: message });
  }
  const manifest = result.data;
  checkRules(manifest);
  return manifest;
}

function checkRules(m: ManifestBody): void {
  const refuse = (field: string, expected: string, got: unknown) => {
    throw new MeshError('field-invalid', { field, expected, got: String(got) });
  };
  if (encode(m).length > MANIFEST_BYTES_MAX) refuse('manifest', `at most ${MANIFEST_BYTES_MAX} bytes`, encode(m).length);
  const unknown = m.critical.find((name) => !EXTENSIONS_KNOWN.includes(name));
  if (unknown !== undefined) throw new MeshError('extension-unknown', { field: 'critical', got: unknown });
  checkTask(m.task);
  const grouped = groupOf(m.task) !== null;
  if (grouped !== (m.privacy.unit === 'group')) refuse('privacy.unit', grouped ? 'group, as the task says' : 'example', m.privacy.unit);
  const network = networkOf(m);
  if (network.tensors.length > TENSORS_MAX) refuse('model.layers', `at most ${TENSORS_MAX} tensors`, network.tensors.length);
  // The clip norm must leave room for rounding each of d coordinates to the grid; each part of it, where layers share it out.
  const sizes = network.layerSizes;
  const coarsest = Math.sqrt(m.privacy.perLayer === true ? sizes.length * Math.max(...sizes) : network.parameterCount);
  if (2 ** m.privacy.gridBits <= coarsest) {
    refuse('privacy.gridBits', `a grid finer than ${coarsest.toFixed(0)} steps per clip norm`, m.privacy.gridBits);
  }
  checkRule(m, refuse);
  const { ids, f } = seatsOf(m);
  for (const id of [...ids, m.steward]) parsePeerId(id, 'seats');
  if (new Set(ids).size !== ids.length) refuse('seats', 'seats that differ', 'a repeated seat');
  if (m.seats.kind === 'home' && ids.length === 2) refuse('seats.relays', '1 or 3 relays', 2);
  if (ids.length < 3 * f + 1) refuse('seats.f', `n >= 3f + 1 seats`, `${ids.length} seats, f ${f}`);
  if (m.rounds.minContributors > m.rounds.maxContributors)
    refuse('rounds.minContributors', 'at most maxContributors', m.rounds.minContributors);
  // A sum of rowsMax clipped examples plus 12 standard deviations of noise must fit 32 bits: all rows, not a likely lot of them, since a
  // sum that wraps around would show more than the guarantee allows, and e^-18 is no small delta.
  if (unitSteps(m.privacy).reach * (m.privacy.rowsMax + 12 * m.privacy.sigma) >= 2 ** 31) {
    refuse('privacy.gridBits', 'sums below 2^31 grid steps', m.privacy.gridBits);
  }
}

function checkRule(m: ManifestBody, refuse: (field: string, expected: string, got: unknown) => void): void {
  const { optimizer, schedule, momentum } = m.rule;
  const d = networkOf(m).parameterCount;
  if (optimizer !== undefined && momentum !== 0) refuse('rule.momentum', '0 beside an optimiser of its own', momentum);
  // Parameters and both moments, 4 bytes each, beside the header that names them.
  const most = Math.floor((STATE_BYTES_MAX - SAFETENSORS_HEADER_BYTES_MAX) / 12);
  if (optimizer !== undefined && d > most) refuse('rule.optimizer', `at most ${most} parameters with two moments`, d);
  if (schedule?.warmup !== undefined && schedule.warmup >= m.privacy.rounds) {
    refuse('rule.schedule.warmup', `fewer than ${m.privacy.rounds} rounds`, schedule.warmup);
  }
  if (schedule?.kind === 'constant' && schedule.floor !== undefined)
    refuse('rule.schedule.floor', 'none where nothing falls', schedule.floor);
  if (m.privacy.adaptive !== undefined) {
    const { within, beyond } = unitSteps(m.privacy);
    if (Math.min(within, beyond) < COUNT_STEPS_MIN) {
      refuse('privacy.adaptive.share', `a count of at least ${COUNT_STEPS_MIN} grid steps`, Math.min(within, beyond));
    }
  }
}
