/** The fields of a manifest and their ranges, as a parser for what strangers send. Rules that join several fields are in rules.ts. */
import * as z from 'zod/mini';
import { layersSchema } from '../model/layers.ts';
import { CONTRIBUTORS_MAX, MEMBER_ROWS_MAX, SEATS_MAX, TEST_SET_BYTES_MAX } from '../limits.ts';
import { taskSchema } from './task.ts';

// A page under our CSP has no eval; zod must not compile validators.
z.config({ jitless: true });

export const MANIFEST_VERSION = 2;

export const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const number = (min: number, max: number) => z.number().check(z.gte(min), z.lte(max));
export const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));
export const peer = z.string().check(z.length(44), z.regex(/^[\w-]+$/));
export const hash = z.string().check(z.length(43), z.regex(/^[\w-]+$/));

const seats = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('home'), relays: z.array(peer).check(z.minLength(1), z.maxLength(3)) }),
  z.strictObject({ kind: z.literal('members'), ids: z.array(peer).check(z.minLength(1), z.maxLength(SEATS_MAX)), f: whole(0, 10) }),
]);

/** Fields and their ranges, one by one; rules.ts joins them. */
export const manifestShape = z.strictObject({
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
    /** From the task's input shape to one output per class. */
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
    /** Rows that a member may bring; this bounds the sum of a lot. */
    rowsMax: whole(1, MEMBER_ROWS_MAX),
    /** Each layer with parameters is clipped on its own, to C over the root of their number. */
    perLayer: z.optional(z.literal(true)),
    /**
     * C follows a quantile of the norms: after each model it changes by a factor of up to e^rate. `share` is the part of a unit's whole
     * norm, noise included, that counting takes (privacy/adaptive-clip.ts).
     */
    adaptive: z.optional(z.strictObject({ quantile: number(0.05, 0.95), rate: number(0.001, 1), share: number(0.001, 0.5) })),
  }),
  /** The mean of all updates; optimizer.ts applies it. */
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
        /** The noise's known variance is subtracted from the second moment. */
        dpBias: z.optional(z.literal(true)),
      }),
    ),
    /** Over the T models that a full budget pays for: the number of warm-up models, and the share of the step that remains at the end. */
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
  /** URLs of relays that serve this federation; empty: the one that handed out the manifest. Nothing reads it yet. */
  relays: z.array(text(256)).check(z.maxLength(8)),
  consent: text(4000),
  testSet: z.nullable(z.strictObject({ hash, bytes: whole(1, TEST_SET_BYTES_MAX), rows: whole(1, 100_000), synthetic: z.boolean() })),
  critical: z.array(text(64)).check(z.maxLength(16)),
});
