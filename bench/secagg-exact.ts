/**
 * `npm run prove -- secagg:exact`: what secure aggregation computes is exactly what it must be. Its part on the verifiable random function
 * makes every proof of RFC 9381 B.3 and B.4 byte for byte and refuses every wrong one; it needs the published values,
 * ../shared/vectors/signatures, and fails without them.
 */
import { verdict, type Figures } from '../e2e/verdict.ts';
import { ECVRF_VECTORS, ECVRF_WHOLE, judgeEcvrfVectors } from '../protocol/secagg/testing/ecvrf-vectors.ts';

interface Part {
  readonly figures: Figures;
  readonly targets: Figures;
  /** One line for each value that is not what it must be. */
  readonly failed: readonly string[];
}

function verifiableRandomness(): Part {
  const targets = { ...ECVRF_WHOLE, failed: 0 };
  const judged = judgeEcvrfVectors();
  if (judged === null) {
    const reason = `This needs the published values, ${ECVRF_VECTORS}, which this project does not carry.`;
    return { figures: { reason }, targets, failed: [reason] };
  }
  const figures = { ...judged, failed: judged.failed.length };
  const whole = JSON.stringify(figures) === JSON.stringify(targets);
  const failed =
    whole || judged.failed.length > 0 ? judged.failed : [`expected ${JSON.stringify(targets)}, got ${JSON.stringify(figures)}`];
  return { figures, targets, failed };
}

const parts: Readonly<Record<string, Part>> = { vrf: verifiableRandomness() };
const failed = Object.values(parts).flatMap((part) => part.failed);
for (const line of failed) process.stderr.write(`${line}\n`);
const each = (of: (part: Part) => Figures) => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, of(part)]));
verdict(
  'secagg:exact',
  failed.length === 0,
  each(({ figures }) => figures),
  each(({ targets }) => targets),
);
