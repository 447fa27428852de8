/**
 * What the page sees of a session, as plain data, rebuilt each time. session.ts is what the session does, activity.ts the one word for it.
 */
import type { PeerId } from '#protocol/identity';
import { seatsOf, type Manifest } from '#protocol/manifest/manifest';
import { joinedCount, phaseOf } from '#protocol/round/status';
import type { RoundState } from '#protocol/round/state';
import type { PeerPath } from '#signaling/transport';
import type { Problem, Snapshot } from '../api.ts';
import { activityOf, type Situation } from './activity.ts';
import type { HeldRows } from './held-rows.ts';
import type { Room } from './room.ts';
import type { RoundHistory } from './round-history.ts';
import type { KeptSession } from './platform.ts';
import type { Scoring } from '../trainer/scoring.ts';

export interface Seen extends Situation {
  readonly manifest: Manifest;
  readonly self: PeerId;
  readonly problem: Problem | null;
  /** For a device that has left: what was kept until then. */
  readonly kept: KeptSession | null;
  readonly rows: Pick<HeldRows, 'data' | 'account'>;
  readonly room: Room;
  readonly scoring: Pick<Scoring, 'scores' | 'guessing'>;
  readonly history: Pick<RoundHistory, 'lines' | 'models' | 'skips'>;
  /** Rounds that its ledger had forgotten. */
  readonly recovered: number;
  readonly isSteward: boolean;
}

/** This device's standing among others, on which its promise depends. */
export function standingOf(core: RoundState, peers: readonly PeerPath[]): { readonly models: number; readonly others: number } {
  const under = core.member.own !== null || core.member.training !== null ? 1 : 0;
  const { seats } = core.config;
  return { models: core.head.record.models + under, others: peers.filter(({ peer }) => !seats.includes(peer)).length };
}

export function snapshotOf(seen: Seen): Snapshot {
  const { manifest, core, kept, room } = seen;
  const { account, data } = seen.rows;
  const { body, id } = manifest;
  const seats = seatsOf(body).ids;
  const epsilon = kept?.epsilon ?? body.privacy.epsilon;
  const { delta } = body.privacy;
  const { minContributors: needed } = body.rounds;
  // The seat's count comes with its next status; this device counts itself.
  const joined = Math.max(joinedCount(core), seen.joined && core.member.mode === 'active' ? 1 : 0);
  const promised = account?.promise(manifest, epsilon, standingOf(core, room.peers));
  return {
    federation: id,
    self: seen.self,
    activity: activityOf(seen),
    problem: seen.problem,
    round: core.head.record.round,
    state: core.stateBytes === null ? null : core.head.record.state,
    made: core.head.record.models,
    lacking: phaseOf(core) === 'waiting-for-new' ? Math.max(1, needed - joined) : 0,
    models: seen.history.models,
    skips: seen.history.skips,
    contributed: kept?.contributed ?? 0,
    joined,
    needed,
    peers: room.peers.map(({ peer, path }) => ({
      peer,
      path,
      seat: seats.includes(peer),
      relay: body.seats.kind === 'home' && seats.includes(peer),
    })),
    scores: [...seen.scoring.scores],
    guessing: seen.scoring.guessing,
    rounds: [...seen.history.lines],
    budget: { epsilon, delta, spent: account?.spent(delta) ?? 0, roundsLeft: promised?.rounds ?? 0 },
    ...(seen.recovered === 0 ? {} : { recovered: seen.recovered }),
    ...(seen.isSteward ? { isSteward: true } : {}),
    bytesOut: room.outbox.bytesOut,
    bytesIn: room.bytesIn,
    outbox: room.outbox.lines(),
    mirror: false,
    data: data?.report ?? null,
  };
}
