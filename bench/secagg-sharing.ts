/**
 * The part of `secagg:exact` on shared secrets and on the numbers of groups: over the real curve, every set of members that is large enough
 * gives each secret back to the bit, every smaller one is refused, and every wrong share is named.
 */
import { encodeScalar, randomScalar, ristretto } from '#protocol/secagg/group';
import { checkParameters, commitProbability, proposeGroups, type GroupParameters } from '#protocol/secagg/parameters';
import { deal, readCommitments, reconstruct, type Share } from '#protocol/secagg/shamir';
import { round } from '../e2e/verdict.ts';
import { refusal } from '../protocol/testing/refusal.ts';
import { seededBytes } from './seeded-bytes.ts';

const random = seededBytes('secagg:exact');
/** Sets of the largest group: at most so many; all of them would be four thousand million. */
const SAMPLED = 200;

export interface Judged {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly failed: readonly string[];
}

/** As many numbers below `below` as wanted, each once: a partial Fisher-Yates shuffle. */
function sample(below: number, count: number): number[] {
  const all = [...Array(below).keys()];
  const bytes = new Uint8Array(8);
  for (let i = 0; i < count; i++) {
    random(bytes);
    const j = i + Number(new DataView(bytes.buffer).getBigUint64(0) % BigInt(below - i));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all.slice(0, count);
}

/** Sets of places: all of a small group; of a large one, samples of each size around the threshold, in any order. */
function setsOf({ size, threshold }: GroupParameters): number[][] {
  const places = [...Array(size).keys()];
  if (size <= 8) return Array.from({ length: 2 ** size }, (_, bits) => places.filter((place) => (bits >> place) % 2 === 1));
  return Array.from({ length: SAMPLED }, (_, i) => sample(size, threshold - 1 + (i % (size - threshold + 2))));
}

/** The field that an error of the mesh names, or null where nothing is refused. */
export function refusedField(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return refusal(error).detail.field ?? null;
  }
}

/** @param groups one for each size */
export function judgeSharing(groups: readonly GroupParameters[]): Judged {
  const figures = { secretsBack: 0, tooFewRefused: 0, wrongSharesNamed: 0 };
  const failed: string[] = [];
  for (const group of groups) {
    const { size, threshold } = group;
    const secret = randomScalar(ristretto, random);
    const dealt = deal(ristretto, secret, { size, threshold }, random);
    const commitments = readCommitments(ristretto, dealt.commitments, { size, threshold });
    const shares: Share[] = dealt.shares.map((share, place) => ({ index: place + 1, share }));
    for (const places of setsOf(group)) {
      const sent = places.map((place) => shares[place]!);
      const [enough, what] = [places.length >= threshold, `${size} members, shares of ${places.join(' ')}`];
      if (!enough && refusedField(() => reconstruct(ristretto, commitments, sent)) === 'shares') figures.tooFewRefused++;
      else if (enough && reconstruct(ristretto, commitments, sent).secret === secret) figures.secretsBack++;
      else failed.push(what);
    }
    for (const { index } of shares) {
      const wrong = { index, share: encodeScalar(ristretto, randomScalar(ristretto, random)) };
      const sent = [wrong, ...shares.filter((one) => one.index !== index)];
      const { secret: given, bad } = reconstruct(ristretto, commitments, sent);
      if (bad.join() === String(index) && given === (size > threshold ? secret : null)) figures.wrongSharesNamed++;
      else failed.push(`${size} members, a wrong share of ${index}`);
    }
  }
  return { figures, failed };
}

const shown = ({ size, colluders, threshold, honest }: GroupParameters) => `${size}, ${colluders}, ${threshold}, ${honest}`;

/** What is proposed to so many members with so many stated colluders, and how often it commits with a tenth and three tenths asleep. */
export function judgeGroups(stated: ReadonlyMap<number, number>): Judged & { readonly groups: readonly GroupParameters[] } {
  const terms = { rounds: 40, redraws: 3, delta: 1e-5, honestMax: 32, asleep: 0.1 };
  const groups = [...stated].map(([members, colluders]) => proposeGroups({ ...terms, members, stated: colluders }));
  const failed = groups.filter((group) => {
    checkParameters(group);
    return group.groupDelta !== 0 || group.commits !== commitProbability(group.size, group.threshold, terms.asleep);
  });
  const commits = (group: GroupParameters) => [0.1, 0.3].map((asleep) => round(commitProbability(group.size, group.threshold, asleep)));
  const figures = Object.fromEntries(groups.map((group) => [shown(group), commits(group)]));
  return { figures, failed: failed.map((group) => `a group of (${shown(group)})`), groups };
}
