/**
 * One practice of the page, from its threads to its end: a seat, the newcomer's participant and others, with a port between any two. It
 * knows nothing of this browser's peer, sockets or stores; it asks the relay only for public files.
 */
import { hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { federationId, type Manifest, type ManifestBody } from '#protocol/manifest/manifest';
import type { PortTo } from '#signaling/in-page-mesh';
import type { Result, Problem, Snapshot } from '#workers/api';
import type { PracticeRows } from '#workers/practice/api';
import { openThread, type PracticeThread } from './practice-threads.ts';
import { UNREACHABLE, type Shown } from '../problem.ts';
import { SAMPLE_PARTS, sampleFor, sampleName, type SampleSet } from '../samples.ts';
import { fetchTestSet, keepTestSet } from '../test-set.ts';

export type ModelAnswer = Result<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }>;

export interface PracticeRun {
  readonly federation: Hash;
  readonly body: ManifestBody;
  /** The seat, which decides rounds. */
  readonly seat: PeerId;
  /** The newcomer's own first. */
  readonly members: readonly PeerId[];
  /** The newcomer's own model. */
  download(): Promise<ModelAnswer>;
  stop(): void;
}

export interface PracticeEvents {
  /** Participant 0 is the newcomer's own. */
  snapshot(participant: number, snapshot: Snapshot): void;
  /** How good the best model of this participant's rows alone is, null where that is not known; told once, after the first round. */
  alone(participant: number, accuracy: number | null): void;
  /** A thread has died, or the seat cannot go on. */
  failed(problem: Problem): void;
}

/**
 * @param company practice participants beside the newcomer's own
 * @param signal ends all threads at any time
 */
export async function runPractice(
  like: Manifest,
  company: number,
  events: PracticeEvents,
  signal: AbortSignal,
): Promise<Result<PracticeRun, Shown>> {
  if (signal.aborted) return { ok: false, error: { code: 'stale', detail: { field: 'practice' } } };
  const threads: PracticeThread[] = [];
  const stop = () => {
    for (const thread of threads.splice(0)) thread.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  const failed = (problem: Problem) => {
    if (!signal.aborted) events.failed(problem);
  };
  for (const name of ['seat', 'you', ...Array.from({ length: company }, (_, i) => `practice ${i + 1}`)]) {
    threads.push(openThread(name, failed));
  }
  const outcome = await connect(threads, like, events, failed, signal);
  if (!outcome.ok || signal.aborted) stop();
  return outcome.ok ? { ok: true, value: { ...outcome.value, stop } } : outcome;
}

async function connect(
  [seat, ...members]: readonly PracticeThread[],
  { body: like }: Manifest,
  events: PracticeEvents,
  failed: (problem: Problem) => void,
  signal: AbortSignal,
): Promise<Result<Omit<PracticeRun, 'stop'>, Shown>> {
  const set = like.task.kind === 'table' ? await sampleFor(like.task, signal) : null;
  // Rows of another kind would make a different demo.
  if (set === 'unreachable') return { ok: false, error: UNREACHABLE };
  // Only samples can be judged by the federation's own test set: made-up rows follow a rule of their own.
  const testSet = set === null || like.testSet === null ? null : await fetchTestSet(like.testSet, signal);
  const ids: PeerId[] = [];
  for (const answer of await Promise.all([seat!, ...members].map(({ calls }) => calls.identify()))) {
    if (!answer.ok) return answer;
    ids.push(answer.value);
  }
  const founded = await seat!.calls.found(like, members.length, set !== null, testSet?.ok === true ? testSet.value : null);
  if (!founded.ok) return founded;
  const { manifest, testSet: bytes } = founded.value;
  if (bytes !== null) keepTestSet(hashBytes(bytes), bytes);

  const [seatId, ...memberIds] = ids;
  const [seatPorts, ...memberPorts] = portsBetween(ids);
  const seated = await seat!.calls.sit(seatPorts!, failed);
  if (!seated.ok) return seated;
  let compared = false;
  const entries = members.map(({ calls }, i) =>
    calls.takePart({ ...founded.value, rows: rowsOf(set, i, members.length), brief: i > 0 }, memberPorts[i]!, (snapshot) => {
      if (signal.aborted) return;
      events.snapshot(i, snapshot);
      // Not earlier: it would slow the first round, which people wait for.
      if (compared || snapshot.made === 0) return; // once, for the first snapshot with a model
      compared = true;
      void compareAlone(members, events, signal);
    }),
  );
  for (const entered of await Promise.all(entries)) if (!entered.ok) return entered;
  const about = { federation: federationId(manifest.body), body: manifest.body, seat: seatId!, members: memberIds };
  return { ok: true, value: { ...about, download: () => members[0]!.calls.download() } };
}

/** One after another: rounds continue meanwhile and need the cores too. */
async function compareAlone(members: readonly PracticeThread[], events: PracticeEvents, signal: AbortSignal): Promise<void> {
  for (const [i, { calls }] of members.entries()) {
    const answer = await calls.alone();
    if (signal.aborted) return;
    events.alone(i, answer.ok ? answer.value : null);
  }
}

/** Assigns parts of the sample in turn; participants that share a part get different rows. */
function rowsOf(set: SampleSet | null, member: number, members: number): PracticeRows {
  if (set === null) return { seed: String(member) };
  const parts = SAMPLE_PARTS.length;
  const place = member % parts;
  return { sample: sampleName(set, SAMPLE_PARTS[place]!), index: Math.floor(member / parts), of: Math.ceil((members - place) / parts) };
}

/** A channel for every pair. */
function portsBetween(ids: readonly PeerId[]): PortTo[][] {
  const ports: PortTo[][] = ids.map(() => []);
  for (let a = 0; a < ids.length; a++) {
    for (let b = a + 1; b < ids.length; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a]!.push({ peer: ids[b]!, port: port1 });
      ports[b]!.push({ peer: ids[a]!, port: port2 });
    }
  }
  return ports;
}
