/**
 * The manifest of a federation: everything its members agree on, signed by its steward. Its hash is the federation's id.
 * All constants that touch data (ranges, categories, rates, bounds) are public and fixed here, never derived from private rows.
 */
import * as z from 'zod/mini';
import { encode, bodyHash, type Hash } from './codec.ts';
import { MeshError } from './errors.ts';
import { parsePeerId, verifySigned, type PeerId, type Signed } from './identity.ts';
import { layersSchema } from './layers.ts';
import {
  CONTRIBUTORS_MAX,
  MANIFEST_BYTES_MAX,
  MEMBER_ROWS_MAX,
  SEATS_MAX,
  STATE_BYTES_MAX,
  TENSORS_MAX,
  TEST_SET_BYTES_MAX,
} from './limits.ts';
import { flat, perceptron, planNetwork, valuesOf, worded, type Network } from './network.ts';
import { unitSteps } from './privacy/adaptive-clip.ts';
import { epsilonOf } from './privacy/rdp.ts';
import { SAFETENSORS_HEADER_BYTES_MAX } from './safetensors.ts';
import { checkTask, groupOf, inputShape, inputWidth, taskSchema } from './task.ts';

// A page under our CSP has no eval; zod must not compile validators.
z.config({ jitless: true });

export const MANIFEST_VERSION = 1;
/** Critical extensions that this build understands. An unknown one is refused (X.509's rule). */
const EXTENSIONS_KNOWN: readonly string[] = [];

/** Floors a device keeps whatever a manifest says; a stranger's manifest cannot switch DP off. */
export const POLICY_FLOOR = {
  /** The noise multiplier's floor. The guarantee itself comes from calibration. */
  sigmaMin: 1.1,
  epsilonMax: 8,
  deltaMax: 1e-4,
} as const;

/** Fewer would round the quantile that is followed. */
const COUNT_STEPS_MIN = 32;

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const number = (min: number, max: number) => z.number().check(z.gte(min), z.lte(max));
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));
const peer = z.string().check(z.length(44), z.regex(/^[\w-]+$/));
const hash = z.string().check(z.length(43), z.regex(/^[\w-]+$/));

const seats = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('home'), relays: z.array(peer).check(z.minLength(1), z.maxLength(3)) }),
  z.strictObject({ kind: z.literal('members'), ids: z.array(peer).check(z.minLength(1), z.maxLength(SEATS_MAX)), f: whole(0, 10) }),
]);

const body = z.strictObject({
  t: z.literal('manifest'),
  version: z.literal(MANIFEST_VERSION),
  name: text(80),
  description: text(600),
  /** Changes whenever two federations would otherwise have equal bodies. */
  nonce: text(64),
  region: text(32),
  task: taskSchema,
  model: z.discriminatedUnion('kind', [
    /** Dense layers on the inputs as one flat list. */
    z.strictObject({
      kind: z.literal('mlp'),
      hidden: z.array(whole(1, 1024)).check(z.maxLength(4)),
      activation: z.enum(['tanh', 'relu']),
      seed: text(64),
    }),
    /** From the task's input shape to one output a class. */
    z.strictObject({ kind: z.literal('layers'), layers: layersSchema, seed: text(64) }),
  ]),
  privacy: z.strictObject({
    /** What one budget protects: a row, or all rows of one group (`task.group`). */
    unit: z.enum(['example', 'group']),
    epsilon: number(0.01, 100),
    delta: number(1e-12, 0.1),
    /** Noise multiplier: standard deviation over clip norm, calibrated for (epsilon, delta, rate, rounds). */
    sigma: number(0, 1000),
    /** C, the L2 norm that the gradient of one unit (an example, or all rows of a group together) is clipped to. */
    clip: number(1e-6, 1000),
    /** q, the Poisson sampling rate of a lot. */
    rate: number(1e-6, 1),
    /** T, the rounds that sigma was calibrated for. */
    rounds: whole(1, 100_000),
    /** Steps of the integer grid per clip norm, as a power of two. */
    gridBits: whole(8, 20),
    /** The public constant that a sum is divided by: the expected lot of a typical member. */
    lot: whole(1, MEMBER_ROWS_MAX),
    /** Rows a member may bring; bounds the sum of a lot. */
    rowsMax: whole(1, MEMBER_ROWS_MAX),
    /** Each layer with parameters is clipped on its own, to C over the root of their number. */
    perLayer: z.optional(z.literal(true)),
    /**
     * C follows a quantile of the norms: after each model it goes by up to e^rate. `share` is the part of a unit's whole norm, noise
     * included, that counting takes (privacy/adaptive-clip.ts).
     */
    adaptive: z.optional(z.strictObject({ quantile: number(0.05, 0.95), rate: number(0.001, 1), share: number(0.001, 0.5) })),
  }),
  /** The mean of all updates; what a step does with it, in optimizer.ts. */
  rule: z.strictObject({
    kind: z.literal('mean'),
    step: number(1e-9, 1000),
    /** Of heavy-ball momentum; 0 with another optimiser. */
    momentum: number(0, 0.999),
    optimizer: z.optional(
      z.strictObject({
        kind: z.literal('adam'),
        beta1: number(0, 0.9999),
        beta2: number(0, 0.99999),
        epsilon: number(1e-12, 1),
        /** The noise's known variance is taken off the second moment. */
        dpBias: z.optional(z.literal(true)),
      }),
    ),
    /** Over the T models that a full budget pays for: models to rise over, and the share of the step that remains at the end. */
    schedule: z.optional(
      z.strictObject({
        kind: z.enum(['constant', 'linear', 'cosine']),
        warmup: z.optional(whole(1, 100_000)),
        floor: z.optional(number(0, 1)),
      }),
    ),
  }),
  rounds: z.strictObject({
    minContributors: whole(1, CONTRIBUTORS_MAX),
    maxContributors: whole(1, CONTRIBUTORS_MAX),
    joinWindowMs: whole(10, 3_600_000),
    deadlineMs: whole(100, 86_400_000),
    takeoverMs: whole(100, 3_600_000),
  }),
  seats,
  steward: peer,
  /** URLs of relays that serve this federation; empty: the one that handed out the manifest. */
  relays: z.array(text(256)).check(z.maxLength(8)),
  consent: text(4000),
  testSet: z.nullable(z.strictObject({ hash, bytes: whole(1, TEST_SET_BYTES_MAX), rows: whole(1, 100_000), synthetic: z.boolean() })),
  critical: z.array(text(64)).check(z.maxLength(16)),
});

export type ManifestBody = z.infer<typeof body>;
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
  const classes = task.label.classes.length;
  if (model.kind === 'mlp') {
    const inputs = inputWidth(task);
    try {
      return planNetwork(flat(inputs), perceptron([inputs, ...model.hidden, classes], model.activation));
    } catch (error) {
      throw error instanceof MeshError ? new MeshError(error.code, { ...error.detail, field: 'model.hidden' }) : error;
    }
  }
  const network = planNetwork(inputShape(task), model.layers);
  const { output } = network;
  if (output.channels === classes && valuesOf(output) === classes) return network;
  throw new MeshError('field-invalid', {
    field: `layer ${model.layers.length} ${model.layers.at(-1)!.kind}`,
    expected: `${classes} flat outputs, one for each class`,
    got: worded(output),
  });
}

export function seatsOf(manifest: ManifestBody): { ids: PeerId[]; f: number } {
  const list = manifest.seats.kind === 'home' ? manifest.seats.relays : manifest.seats.ids;
  return { ids: list as PeerId[], f: manifest.seats.kind === 'home' ? 0 : manifest.seats.f };
}

/** q = floor((n + f) / 2) + 1: two quorums share an honest seat as long as at most f of n >= 3f + 1 seats lie. */
export function quorumOf(n: number, f: number): number {
  return Math.floor((n + f) / 2) + 1;
}

/** Numbers of one update: one for each parameter, and the count that an adaptive clip norm follows. */
export function updateLength(manifest: Modelled & Pick<ManifestBody, 'privacy'>): number {
  return networkOf(manifest).parameterCount + (manifest.privacy.adaptive === undefined ? 0 : 1);
}

/**
 * The largest L2 norm an honest noised update has, in grid steps: with C the most that one unit adds, rowsMax * C + sigma * C * (sqrt(n)
 * + 6), n its length. The Gaussian part is exceeded with probability below e^-18.
 */
export function updateNormMax(manifest: ManifestBody): number {
  const { rowsMax, sigma } = manifest.privacy;
  return unitSteps(manifest.privacy).reach * (rowsMax + sigma * (Math.sqrt(updateLength(manifest)) + 6));
}

/**
 * @param input an untrusted {body, by, sig}
 * @throws MeshError manifest-version, field-invalid (with the path), extension-unknown, manifest-unsafe, signature-invalid
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

/** Shape and rules, without the signature. */
export function parseManifestBody(input: unknown): ManifestBody {
  const result = z.safeParse(body, input);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new MeshError('field-invalid', { field: issue.path.join('.') || 'manifest', expected: issue.message });
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
  // A sum of rowsMax clipped examples plus 12 standard deviations of noise must fit 32 bits.
  if (unitSteps(m.privacy).reach * (m.privacy.rowsMax + 12 * m.privacy.sigma) >= 2 ** 31) {
    refuse('privacy.gridBits', 'sums below 2^31 grid steps', m.privacy.gridBits);
  }
  checkPolicyFloor(m);
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

/** @throws MeshError manifest-unsafe naming the field that a device refuses to accept */
export function checkPolicyFloor(m: ManifestBody): void {
  const unsafe = (field: string, expected: string, got: number) => {
    throw new MeshError('manifest-unsafe', { field: `privacy.${field}`, expected, got: String(got) });
  };
  if (m.privacy.sigma < POLICY_FLOOR.sigmaMin) unsafe('sigma', `at least ${POLICY_FLOOR.sigmaMin}`, m.privacy.sigma);
  if (m.privacy.epsilon > POLICY_FLOOR.epsilonMax) unsafe('epsilon', `at most ${POLICY_FLOOR.epsilonMax}`, m.privacy.epsilon);
  if (m.privacy.delta > POLICY_FLOOR.deltaMax) unsafe('delta', `at most ${POLICY_FLOOR.deltaMax}`, m.privacy.delta);
  // A member's own ledger counts what its updates really cost; a manifest that claims less is refused before anybody reads the claim.
  const { rate, sigma, rounds, delta, epsilon } = m.privacy;
  const cost = epsilonOf([{ rate, sigma, rounds }], delta).epsilon;
  if (cost > epsilon) unsafe('epsilon', `at least ${cost}, which ${rounds} rounds with this noise cost`, epsilon);
}

/** A change of a manifest, signed by its steward; members are asked for consent again before they go on. */
const amendment = z.strictObject({
  t: z.literal('amendment'),
  fed: hash,
  /** 1, 2, 3 …: the next after those already applied. */
  seq: whole(1, 10_000),
  changes: z.strictObject({
    name: z.optional(text(80)),
    description: z.optional(text(600)),
    consent: z.optional(text(4000)),
    relays: z.optional(z.array(text(256)).check(z.maxLength(8))),
  }),
});
export type AmendmentBody = z.infer<typeof amendment>;

/**
 * Applies amendments in order of `seq`. Only texts and relay addresses can change: model, privacy and seats are the federation.
 * @throws MeshError signature-invalid, wrong-federation, stale, field-invalid
 */
export async function amendManifest(manifest: Manifest, amendments: readonly Signed<AmendmentBody>[]): Promise<ManifestBody> {
  let amended = manifest.body;
  for (const [i, signed] of amendments.entries()) {
    const result = z.safeParse(amendment, signed.body);
    if (!result.success) throw new MeshError('field-invalid', { field: result.error.issues[0]!.path.join('.') || 'amendment' });
    if (result.data.fed !== manifest.id) throw new MeshError('wrong-federation', { field: 'fed' });
    if (result.data.seq !== i + 1) throw new MeshError('stale', { field: 'seq', expected: String(i + 1), got: String(result.data.seq) });
    if (signed.by !== manifest.body.steward || !(await verifySigned(signed))) throw new MeshError('signature-invalid', { field: 'sig' });
    const changes = Object.fromEntries(Object.entries(result.data.changes).filter(([, value]) => value !== undefined));
    amended = { ...amended, ...changes };
  }
  return amended;
}
