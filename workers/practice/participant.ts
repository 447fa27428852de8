/** A practice participant: the same peer as a person's, on an in-memory platform with made-up rows, taking part from the start. */
import type { Identity } from '#protocol/identity';
import type { PortTo } from '#signaling/in-page-mesh';
import type { Numerics } from '#wasm/numerics';
import type { DataReport, Snapshot } from '../api.ts';
import { figureOf } from '../trainer/goodness.ts';
import { unwrap } from '../answered.ts';
import { Peer } from '../peer/peer.ts';
import { openTestSet } from '../trainer/scoring.ts';
import { takesLong } from '../solo/solo.ts';
import type { PracticeEntry } from './api.ts';
import { openPracticePlatform } from './platform.ts';
import { practiceRows, type FetchSample } from './practice-rows.ts';

/** Outbox lines of a companion that are shown: enough to see who sends what to whom in a round. */
const BRIEF_LINES = 16;

export interface Participant {
  readonly peer: Peer;
  /** See PracticeWorker. */
  alone(): Promise<number | null>;
}

export interface ParticipantOptions {
  readonly identity: Identity;
  readonly entry: PracticeEntry;
  readonly ports: readonly PortTo[];
  readonly numerics: Promise<Numerics>;
  readonly fetchSample: FetchSample;
  readonly listener: (snapshot: Snapshot) => void;
  readonly paceMs?: number;
}

/** @throws MeshError saying why it could not take part */
export async function openParticipant({ entry, listener, fetchSample, ...options }: ParticipantOptions): Promise<Participant> {
  const { manifest, testSet, rows, brief } = entry;
  const platform = openPracticePlatform({ ...options, testSet });
  const peer = new Peer(platform, (snapshot) => listener(brief ? shortOf(snapshot) : snapshot));
  let report: DataReport;
  try {
    unwrap(await peer.follow(manifest));
    report = unwrap(await peer.load(await practiceRows(rows, manifest.body, fetchSample)));
    unwrap(await peer.join(manifest.body.privacy.epsilon, manifest.body.consent));
  } catch (error) {
    await peer.close();
    throw error;
  }
  return {
    peer,
    async alone() {
      if (testSet === null) return null;
      const test = openTestSet(manifest.body, testSet);
      // Nobody asked, and the thread has rounds to take part in.
      if (takesLong(manifest.body, report.rows, test.y.length)) return null;
      return figureOf(unwrap(await platform.trainer.solo(test)));
    },
  };
}

function shortOf(snapshot: Snapshot): Snapshot {
  return { ...snapshot, scores: [], rounds: [], outbox: snapshot.outbox.slice(0, BRIEF_LINES) };
}
