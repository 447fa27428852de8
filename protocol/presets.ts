/**
 * Constants of training for the federations that a relay brings along, and a start for people's own tables.
 * Public numbers, fixed before anybody joins; none was chosen by looking at a member's private rows.
 */
import { POLICY_FLOOR, type ManifestBody } from './manifest.ts';
import { calibrateSigma } from './privacy/calibration.ts';

export interface Preset {
  /** Widths of hidden layers; none makes a logistic regression. */
  readonly hidden: readonly number[];
  readonly activation: 'tanh' | 'relu';
  readonly epsilon: number;
  readonly delta: number;
  /** T: the rounds that a full budget pays for. */
  readonly rounds: number;
  /** q: the share of a member's rows in one lot, on average. */
  readonly rate: number;
  /** C: the L2 norm that an example's gradient is clipped to. */
  readonly clip: number;
  /** The public divisor of a member's sum: the lot of a typical member. */
  readonly lot: number;
  readonly step: number;
  readonly momentum: number;
  readonly gridBits: number;
  readonly rowsMax: number;
}

/**
 * Handwritten digits of 8 x 8 pixels, three members and up with about a thousand rows each.
 *
 * Chosen with bench/tune-digits.ts on the training files of UCI Optical Recognition of Handwritten Digits alone (the test file took
 * no part): each fifth of the file in turn held out, as it was written, so that most of its writers are strangers to the rest; three
 * members share the others, once at random and once by digit (0-2, 3-5, 6-9). At epsilon 1 the noise decides: tanh layers of 32 to
 * 256 and no layer at all come out alike within a percent, and 25 rounds do as well as 100. So the smallest model (650 numbers, 2.6 kB
 * an update), which is also the best for members with a few hundred rows, and few rounds.
 */
export const DIGITS_PRESET: Preset = {
  hidden: [],
  activation: 'tanh',
  epsilon: 1,
  delta: 1e-5,
  rounds: 30,
  rate: 0.4,
  clip: 0.25,
  lot: 400,
  step: 5.4,
  momentum: 0.7,
  gridBits: 16,
  rowsMax: 4000,
};

/**
 * Tables of mixed columns with a few hundred to a few thousand rows a member and two or three classes: the digits' regime with a
 * small hidden layer, since few inputs leave little for a linear model.
 */
export const TABLE_PRESET: Preset = {
  ...DIGITS_PRESET,
  hidden: [16],
  clip: 0.5,
  step: 1.2,
};

/** The manifest's privacy section; sigma is calibrated for the preset's whole budget. */
export function presetPrivacy(preset: Preset): ManifestBody['privacy'] {
  const { epsilon, delta, rate, rounds, clip, gridBits, lot, rowsMax } = preset;
  const sigma = Math.max(POLICY_FLOOR.sigmaMin, calibrateSigma({ epsilon, delta, rate, rounds }));
  return { unit: 'example', epsilon, delta, sigma, clip, rate, rounds, gridBits, lot, rowsMax };
}

export function presetModel(preset: Preset, seed: string): ManifestBody['model'] {
  return { kind: 'mlp', hidden: [...preset.hidden], activation: preset.activation, seed };
}

export function presetRule({ step, momentum }: Preset): ManifestBody['rule'] {
  return { kind: 'mean', step, momentum };
}
