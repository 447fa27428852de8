/**
 * `npm run prove -- secagg:exact`: what secure aggregation computes is exactly what it must be. Its part on the verifiable random function
 * makes every proof of RFC 9381 B.3 and B.4 byte for byte and refuses every wrong one; it needs the published values,
 * ../shared/vectors/signatures, and fails without them. Other parts give shared secrets back from every set of members that is large enough,
 * work out how often the proposed groups commit, and open sums of masked vectors.
 */
import { verdict, type Figures } from '../e2e/verdict.ts';
import { ECVRF_VECTORS, ECVRF_WHOLE, judgeEcvrfVectors } from '../protocol/secagg/testing/ecvrf-vectors.ts';
import { judgeGroups, judgeSharing, type Judged } from './secagg-sharing.ts';
import { judgeSums } from './secagg-sums.ts';

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

/** Members of one group, and how many of them may conspire. */
const STATED = new Map([
  [4, 1],
  [8, 1],
  [12, 2],
  [16, 2],
  [24, 4],
  [32, 4],
]);
/** (g, c, t, h), and how often they commit with a tenth and with three tenths asleep: binomial tails in whole numbers, rounded. */
const COMMIT = {
  '4, 1, 3, 2': [0.9477, 0.6517],
  '8, 1, 5, 4': [0.995, 0.8059],
  '12, 2, 8, 6': [0.9957, 0.7237],
  '16, 2, 10, 8': [0.9995, 0.8247],
  '24, 4, 15, 11': [0.9999, 0.8472],
  '32, 4, 19, 15': [1, 0.9306],
};
/** All sets of four and of eight members, and 200 of 32. */
const SHARING = { secretsBack: 98 + 186, tooFewRefused: 174 + 14, wrongSharesNamed: 4 + 8 + 32 };
/** By members: all sets that may stay of four and of eight, and 10^4 of 32; and those with one too few, of which 100 are tried. */
const SUMS = {
  4: { opened: 5, refused: 6 },
  8: { opened: 93, refused: 70 },
  32: { opened: 10_000, refused: 100 },
};

/** What was judged must be what is expected, whole. */
function held({ figures, failed }: Judged, targets: Figures): Part {
  const same = JSON.stringify(figures) === JSON.stringify(targets);
  return { figures, targets, failed: same ? failed : [...failed, `expected ${JSON.stringify(targets)}, got ${JSON.stringify(figures)}`] };
}

const groups = judgeGroups(STATED);
const tried = groups.groups.filter(({ size }) => [4, 8, 32].includes(size));
const parts: Readonly<Record<string, Part>> = {
  vrf: verifiableRandomness(),
  groups: held(groups, COMMIT),
  sharing: held(judgeSharing(tried), SHARING),
  sums: held(await judgeSums(tried), SUMS),
};

const failed = Object.values(parts).flatMap((part) => part.failed);
for (const line of failed) process.stderr.write(`${line}\n`);
const each = (of: (part: Part) => Figures) => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, of(part)]));
verdict(
  'secagg:exact',
  failed.length === 0,
  each(({ figures }) => figures),
  each(({ targets }) => targets),
);
