/**
 * What a device, relay or founder demands of a manifest, beyond validity, before joining, accepting or publishing it: noise and budgets
 * within the floors below, and T rounds that cost at most the epsilon it claims. Validity (manifest/rules.ts) is arithmetic that all
 * engines share and that never changes; floors may rise, and the deciding accountant's last digits differ between engines. A manifest
 * accepted once always opens; if this check refuses it now, people may look at it but not join. A member's own ledger counts what its
 * updates really cost; a manifest that claims less is refused before anybody pays for it.
 */
import { MeshError } from './errors.ts';
import { updateLength, type ManifestBody } from './manifest/manifest.ts';
import { epsilonOf } from './privacy/rdp.ts';
import { epsilonOfRounds, type FutureRounds } from './privacy/round-curve.ts';

/** Floors that a device enforces for every manifest; a stranger's manifest cannot switch DP off. */
export const POLICY_FLOOR = {
  /** The noise multiplier's floor. The guarantee itself comes from calibration. */
  sigmaMin: 1.1,
  epsilonMax: 8,
  deltaMax: 1e-4,
  /** The smallest delta that rows agreed to counts for good: one of 10^-12 would take most of what an epsilon buys elsewhere. */
  deltaMin: 1e-9,
} as const;

/** Share of epsilon by which engines may differ. */
export const EPSILON_SLACK = 1e-6;

/** The arguments of epsilonOfRounds, for threads that compute it. */
export type Claim = readonly [next: FutureRounds, delta: number, epsilon: number];

/**
 * @param cost prices a claim that the quick bound does not settle: it takes a tenth of a second, or seconds for unusual settings; computed
 * in place if absent
 * @throws MeshError manifest-unsafe naming the field; what `cost` throws
 */
export async function checkDevicePolicy(
  m: ManifestBody,
  cost: (...claim: Claim) => number | Promise<number> = epsilonOfRounds,
): Promise<void> {
  checkPolicyFloor(m);
  const { rate, sigma, rounds, gridBits, delta, epsilon } = m.privacy;
  const next: FutureRounds = { rate, sigma, rounds, gridBits, coordinates: updateLength(m) };
  const most = epsilon * (1 + EPSILON_SLACK);
  if (epsilonOf([next], delta).epsilon <= most) return;
  const least = await cost(next, delta, epsilon);
  if (least <= most) return;
  throw new MeshError('manifest-unsafe', {
    field: 'privacy.epsilon',
    expected: `at least ${least}, which ${rounds} rounds with this noise cost`,
    got: String(epsilon),
  });
}

/** The arithmetic part. @throws MeshError manifest-unsafe naming the field */
export function checkPolicyFloor({ privacy }: Pick<ManifestBody, 'privacy'>): void {
  const unsafe = (field: string, expected: string, got: number) => {
    throw new MeshError('manifest-unsafe', { field: `privacy.${field}`, expected, got: String(got) });
  };
  const { sigma, epsilon, delta } = privacy;
  const { sigmaMin, epsilonMax, deltaMin, deltaMax } = POLICY_FLOOR;
  if (sigma < sigmaMin) unsafe('sigma', `at least ${sigmaMin}`, sigma);
  if (epsilon > epsilonMax) unsafe('epsilon', `at most ${epsilonMax}`, epsilon);
  if (delta > deltaMax) unsafe('delta', `at most ${deltaMax}`, delta);
  if (delta < deltaMin) unsafe('delta', `at least ${deltaMin}`, delta);
}
