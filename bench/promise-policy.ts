/** Seeded federations of many kinds, within the limits of founding and manifests; and how their members come and go. */
import { POLICY_FLOOR } from '#protocol/device-policy';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import type { PeerId } from '#protocol/identity';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { mechanismOf, promiseFromStart } from '#protocol/privacy/ledger/promise';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import type { TableTask } from '#protocol/manifest/task';
import type { FoundingDraft, Policy } from '../workers/founding/api.ts';
import { bodyOf } from '../workers/founding/draft.ts';
import { quoteOf } from '../workers/founding/terms.ts';

/**
 * stay: everybody from start to end. replaced: one leaves half way and another joins. thrifty: one allows less than the federation's
 * epsilon, so it waits for somebody new.
 */
export type Course = 'stay' | 'replaced' | 'thrifty';

export interface Case {
  readonly body: ManifestBody;
  readonly course: Course;
  /** Rounds that the founding page promises a member from the start. */
  readonly founded: number;
  /** Models after which one leaves. */
  readonly turn: number;
  readonly about: string;
}

/** Members leave early, because rounds are slow until then. */
const TURN_MAX = 5;

const COURSES: readonly Course[] = ['stay', 'replaced', 'thrifty'];

export function caseOf(seed: string, index: number, seat: PeerId): Case {
  const words = new RandomWords(seededBytes(`${seed}/${index}`));
  const between = (min: number, max: number) => min + words.below(max - min + 1);
  const oneOf = <T>(list: readonly T[]): T => list[words.below(list.length)]!;
  const members = between(2, 4);
  const policy: Policy = {
    epsilon: between(3, 80) / 10,
    delta: oneOf([1e-4, 1e-5, 1e-6, 1e-7]),
    members,
    rowsEach: oneOf([80, 400, 6000, 15_000]),
    hidden: oneOf([[], [4]]),
  };
  const task = taskOf(index % 4 === 3);
  const founded = bodyOf(draftOf(task, policy, seat), { steward: seat, nonce: `${seed}/${index}`, testSet: null });
  // Half as founding makes them, the others with values that only a manifest can have.
  const custom = index % 2 === 1;
  const change = {
    rounds: between(3, 14),
    rate: oneOf([1, 0.3, 0.5]),
    adaptive: index % 4 === 1,
    schedule: oneOf([null, 'linear', 'cosine'] as const),
  };
  const body = parseManifestBody(custom ? changed(founded, change) : founded);
  const { privacy } = body;
  const { rounds } = custom ? promiseFromStart(body, members - 1) : quoteOf(task, policy);
  const { epsilon, rate, sigma, unit, rounds: total } = privacy;
  return {
    body,
    course: COURSES[index % COURSES.length]!,
    founded: rounds,
    turn: between(1, Math.max(1, Math.min(TURN_MAX, total - 2))),
    about: `${members} members, T ${total}, epsilon ${epsilon}, q ${rate}, sigma ${sigma}, ${unit}${privacy.adaptive === undefined ? '' : ', adaptive'}${body.rule.schedule === undefined ? '' : `, ${body.rule.schedule.kind}`}`,
  };
}

interface Change {
  readonly rounds: number;
  readonly rate: number;
  readonly adaptive: boolean;
  readonly schedule: 'linear' | 'cosine' | null;
}

function changed(body: ManifestBody, { rounds, rate, adaptive, schedule }: Change): ManifestBody {
  const wanted = { ...body.privacy, rounds, rate, ...(adaptive ? { adaptive: { quantile: 0.5, rate: 0.2, share: 0.1 } } : {}) };
  const { coordinates } = mechanismOf({ ...body, privacy: wanted });
  const sigma = Math.max(POLICY_FLOOR.sigmaMin, calibrateSigma({ ...wanted, coordinates }));
  return {
    ...body,
    privacy: { ...wanted, sigma },
    rule: { ...body.rule, ...(schedule === null ? {} : { schedule: { kind: schedule, floor: 0.1 } }) },
  };
}

function taskOf(grouped: boolean): TableTask {
  return {
    kind: 'table',
    columns: [
      { kind: 'number', name: 'x', min: -1, max: 1 },
      { kind: 'number', name: 'y', min: 0, max: 10, missing: 'fill' },
      { kind: 'ignored', name: 'person' },
    ],
    label: { name: 'side', classes: ['left', 'right'] },
    picture: null,
    ...(grouped ? { group: { column: 'person', rowsMax: 3 } } : {}),
  };
}

function draftOf(task: TableTask, policy: Policy, seat: PeerId): FoundingDraft {
  const { members } = policy;
  return {
    name: 'Sides',
    description: 'A federation of a proof.',
    region: 'local',
    task,
    policy,
    rounds: { minContributors: members, maxContributors: members, joinWindowMs: 10, deadlineMs: 3000 },
    seats: { kind: 'home', relays: [seat] },
    consent: 'Made-up rows.',
    testShare: 0,
  };
}
