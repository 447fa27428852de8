/**
 * What a device, a relay or a founder asks of a manifest beyond its validity: that T rounds with its noise cost at most the epsilon that it
 * claims. Validity (manifest.ts) is arithmetic that all engines share; this asks the accountant that decides, whose last digits are each
 * engine's own. Hence a slack, and two engines of which one finds a hair more than the claim still accept the same manifests.
 * A member's own ledger counts what its updates really cost; a manifest that claims less is refused before anybody reads the claim.
 */
import { MeshError } from './errors.ts';
import { updateLength, type ManifestBody } from './manifest/manifest.ts';
import { epsilonOf } from './privacy/rdp.ts';
import { epsilonOfRounds, type FutureRounds } from './privacy/round-curve.ts';

/** Share of epsilon by which engines may differ. */
export const EPSILON_SLACK = 1e-6;

/** The arguments of epsilonOfRounds, for threads that work it out. */
export type Claim = readonly [next: FutureRounds, delta: number, epsilon: number];

/**
 * @param cost of a claim that the quick bound does not settle: takes a tenth of a second, and seconds for settings that nobody has; in
 * place when absent
 * @throws MeshError manifest-unsafe naming privacy.epsilon; what `cost` throws
 */
export async function checkDevicePolicy(
  m: ManifestBody,
  cost: (...claim: Claim) => number | Promise<number> = epsilonOfRounds,
): Promise<void> {
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
