/**
 * The numbers of a group: size g, assumed colluders c, threshold t and assured honest members h, what they must satisfy, and which are
 * proposed to a founder.
 *
 * 2t > g + c: two sets of t members share more than c, so an honest one, and it signs one set of survivors only. Nobody can have the mask key
 * of a member from one set and its self-mask from another (Bonawitz et al. 2017, "Practical secure aggregation", section 6.2).
 * t - c >= h: a sum that is opened has at least t members, of whom at least h add their noise and keep it to themselves.
 */
import { MeshError } from '../errors.ts';
import { GROUP_MAX, GROUP_MIN, LISTED_MAX } from '../limits.ts';
import { groupDelta } from './collusion.ts';
import { checkWhole } from './whole.ts';

export interface GroupParameters {
  /** g: members of the group. */
  readonly size: number;
  /** c: so many may conspire with the leader. At least 1: every member knows its own noise. */
  readonly colluders: number;
  /** t: so many must still be there at the end. */
  readonly threshold: number;
  /** h: each member adds 1 / h of the noise's variance. */
  readonly honest: number;
}

/** t = max(floor((g + c) / 2) + 1, h + c), the least that is safe. It may be above g: then a group of that size cannot be. */
export function thresholdOf(size: number, colluders: number, honest: number): number {
  return Math.max(Math.floor((size + colluders) / 2) + 1, honest + colluders);
}

/**
 * What every device checks, whatever the manifest and the leader say.
 * @throws MeshError field-invalid for a number out of its range, group-unsafe for a broken rule; both name the field
 */
export function checkParameters({ size, colluders, threshold, honest }: GroupParameters): void {
  checkWhole('size', size, GROUP_MIN, GROUP_MAX);
  checkWhole('colluders', colluders, 1, size - 1);
  checkWhole('threshold', threshold, 1, size);
  checkWhole('honest', honest, 1, size);
  if (2 * threshold <= size + colluders) unsafe('threshold', `more than (${size} + ${colluders}) / 2`, threshold);
  if (threshold - colluders < honest) unsafe('honest', `at most ${threshold} - ${colluders}`, honest);
}

/**
 * The probability that at least t of g members are awake when the sum is opened, if each is asleep independently: a binomial tail, summed
 * without differences.
 * @param asleep 0 to below 1 @throws MeshError field-invalid
 */
export function commitProbability(size: number, threshold: number, asleep: number): number {
  checkWhole('size', size, 1, GROUP_MAX);
  checkWhole('threshold', threshold, 0, size);
  checkAsleep(asleep);
  // chance[k]: that k of those counted so far are awake.
  const chance = [1, ...Array.from({ length: size }, () => 0)];
  for (let n = 1; n <= size; n++) for (let k = n; k >= 0; k--) chance[k] = chance[k]! * asleep + (chance[k - 1] ?? 0) * (1 - asleep);
  return chance.slice(threshold).reduceRight((sum, one) => sum + one, 0);
}

export interface Sizes {
  readonly least: number;
  readonly most: number;
}

export interface Grouping {
  readonly groups: number;
  /** Of each group. */
  readonly size: number;
  /** Members who sit this round out, unpaid: those whom the draw puts last. */
  readonly out: number;
}

/**
 * The groups of a round: equal ones that take in as many members as they can, and the fewest of those, since a larger group needs less
 * noise. Up to `most` members are one group; fewer than `least` are none.
 * @throws MeshError field-invalid
 */
export function groupsOf(members: number, { least, most }: Sizes): Grouping {
  checkWhole('members', members, 0, LISTED_MAX);
  checkWhole('most', most, GROUP_MIN, GROUP_MAX);
  checkWhole('least', least, GROUP_MIN, most);
  let best: Grouping = { groups: 0, size: 0, out: members };
  for (let groups = 1; groups * least <= members; groups++) {
    const size = Math.min(most, Math.floor(members / groups));
    const out = members - groups * size;
    if (out < best.out) best = { groups, size, out };
  }
  return best;
}

export interface Goal {
  /** N: members expected in a round. */
  readonly members: number;
  /** K: how many of them may conspire. */
  readonly stated: number;
  /** Probability that a member is asleep when the sum is opened, 0 to below 1. */
  readonly asleep: number;
  readonly rounds: number;
  readonly redraws: number;
  /** Of the guarantee; groups may take a tenth of it. */
  readonly delta: number;
  /** The largest h whose local guarantee (noise sigma / sqrt(h)) devices accept. */
  readonly honestMax: number;
}

export interface Proposal extends GroupParameters {
  /** Smaller groups than `least` rarely have t members awake; `most` is g. */
  readonly sizes: Sizes;
  /** With as many members as expected. */
  readonly grouping: Grouping;
  /** Probability that such a group has t awake. */
  readonly commits: number;
  /** Taken from delta; 0 with c = K. */
  readonly groupDelta: number;
}

/** Groups that commit less often are proposed only if there are no others. */
const COMMITS_MIN = 0.9;
/** The largest part of delta that groups may take. */
const DELTA_SHARE = 0.1;

/**
 * The parameters for these people: groups that commit at the stated drop-out, then the most honest members (least noise), then the most
 * colluders, then the smallest group. Up to GROUP_MAX members are one group. The threshold is the least that is safe; h never raises it.
 * There is always a proposal, since c = g - 1 with t = g and h = 1 withstands everybody; whoever asks judges `commits` and `honest`.
 * @throws MeshError field-invalid
 */
export function proposeGroups(goal: Goal): Proposal {
  checkGoal(goal);
  const { members, stated } = goal;
  const proposals: Proposal[] = [];
  for (let size = members <= GROUP_MAX ? members : GROUP_MIN; size <= Math.min(members, GROUP_MAX); size++) {
    for (let colluders = 1; colluders <= Math.min(Math.max(1, stated), size - 1); colluders++) {
      const taken = groupDelta({ listed: members, stated, size, colluders }, goal.rounds, goal.redraws);
      if (taken <= goal.delta * DELTA_SHARE) proposals.push(proposalFor(goal, size, colluders, taken));
    }
  }
  return proposals.reduce((best, one) => (isBetter(one, best) ? one : best));
}

function proposalFor(goal: Goal, size: number, colluders: number, taken: number): Proposal {
  const threshold = thresholdOf(size, colluders, 1);
  const honest = Math.min(threshold - colluders, goal.honestMax);
  const commitsAt = (actual: number) => {
    const needed = thresholdOf(actual, colluders, honest);
    return needed > actual ? 0 : commitProbability(actual, needed, goal.asleep);
  };
  let least = size;
  while (least > GROUP_MIN && commitsAt(least - 1) >= COMMITS_MIN) least--;
  const sizes = { least, most: size };
  const grouping = groupsOf(goal.members, sizes);
  return { size, colluders, threshold, honest, sizes, grouping, commits: commitsAt(grouping.size), groupDelta: taken };
}

function isBetter(a: Proposal, b: Proposal): boolean {
  const [reachA, reachB] = [a, b].map(({ commits }) => Math.min(commits, COMMITS_MIN)) as [number, number];
  if (reachA !== reachB) return reachA > reachB;
  if (a.honest !== b.honest) return a.honest > b.honest;
  // Sizes are tried in ascending order.
  return a.colluders > b.colluders;
}

function checkGoal({ members, stated, asleep, delta, honestMax }: Goal): void {
  checkWhole('members', members, GROUP_MIN, LISTED_MAX);
  checkWhole('stated', stated, 0, members - 1);
  checkWhole('honestMax', honestMax, 1, GROUP_MAX);
  checkAsleep(asleep);
  if (!(delta > 0 && delta < 1))
    throw new MeshError('field-invalid', { field: 'delta', expected: 'above 0 and below 1', got: String(delta) });
}

function checkAsleep(asleep: number): void {
  if (asleep >= 0 && asleep < 1) return;
  throw new MeshError('field-invalid', { field: 'asleep', expected: '0 to below 1', got: String(asleep) });
}

function unsafe(field: string, expected: string, got: number): never {
  throw new MeshError('group-unsafe', { field, expected, got: String(got) });
}
