/**
 * The founder's calls, with results that can cross a worker boundary: in a page they run in their own thread (founding.worker.ts), in Node
 * they are called directly. The sample stays here; only the signed manifest leaves and, if its owner asked for it, the encoded rows of the
 * public test set.
 */
import { hashBytes, toBase64Url, type Hash } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import { federationId, type SignedManifest } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { MEMBER_ROWS_MAX } from '#protocol/limits';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import { readSafetensors } from '#protocol/model/safetensors';
import { postManifest, putBlob } from '#signaling/relay-signed';
import type { Numerics } from '#wasm/numerics';
import { loadRecordingFiles } from '../loader/recording/sequence-files.ts';
import type { TrainingRows } from '../training-rows.ts';
import { answering } from '../answered.ts';
import type { FoundingDraft, FoundingWorker } from './api.ts';
import { ANY_PEER, bodyOf, faultsOf, type Fault } from './draft.ts';
import { rehearseDraft } from './draft-rehearsal.ts';
import { inferSchema } from './infer.ts';
import type { DecodePicture } from '../loader/picture/picture-decode.ts';
import { inferPictures } from './picture-sample.ts';
import { inferRecordings } from './infer-recordings.ts';
import { readRecordingSample } from './recording-sample.ts';
import { readSample, type Sample } from './sample.ts';
import { quoteOf } from './terms.ts';
import { recordingTestSet, testSetOf, type TestSet } from './test-set.ts';

export interface FoundingDeps {
  /** Loaded for the first rehearsal. Absent: nothing is rehearsed. */
  readonly numerics?: () => Promise<Numerics>;
  /** Keeps a steward's key pair under a name; on disk once it resolves. @throws MeshError storage-denied */
  keepKey(name: string, pair: CryptoKeyPair): Promise<void>;
  /** Absent if this platform cannot decode pictures. */
  readonly decode?: DecodePicture;
}

/** Signed once, and sent until a relay has it, so that a retry does not create a second federation. */
interface Prepared {
  readonly id: Hash;
  /** The draft and the sample that it was made from. */
  readonly draft: string;
  readonly sample: Sample | readonly File[] | null;
  readonly identity: Identity;
  readonly signed: SignedManifest;
  readonly testSet: { readonly hash: Hash; readonly bytes: Uint8Array<ArrayBuffer> } | null;
}

/** A sample of recordings is a list of files; a table's sample is rows. */
const isFiles = (sample: Sample | readonly File[]): sample is readonly File[] => Array.isArray(sample);

const NONCE_BYTES = 18;
const random: RandomFill = (into) => crypto.getRandomValues(into);

/** @throws MeshError stale if other files were chosen meanwhile */
async function whileNewest<T>(turn: number, now: () => number, read: Promise<T>): Promise<T> {
  const found = await read;
  if (turn === now()) return found;
  throw new MeshError('stale', { field: 'file', expected: 'the files that were chosen last' });
}

/** All rows of a sample, encoded; null without a sample of the task's kind. */
async function sampleRows(sample: Sample | readonly File[] | null, task: FoundingDraft['task']): Promise<TrainingRows | null> {
  if (sample === null || isFiles(sample) !== (task.kind === 'sequence')) return null;
  if (task.kind === 'sequence') return (await loadRecordingFiles(sample as readonly File[], task, MEMBER_ROWS_MAX)).rows;
  if (task.kind !== 'table') return null;
  const tensors = readSafetensors(testSetOf(sample as Sample, task, 1, new RandomWords(random)).bytes, Infinity);
  return { x: tensors.get('x')!.values as Float32Array, y: tensors.get('y')!.values as TrainingRows['y'] };
}

export function openFounding({ keepKey, decode, numerics }: FoundingDeps): FoundingWorker {
  let sample: Sample | readonly File[] | null = null;
  let reading = 0;
  const newest = <T>(read: Promise<T>): Promise<T> => whileNewest(++reading, () => reading, read);
  let prepared: Prepared | null = null;

  const check = (draft: FoundingDraft): readonly Fault[] => {
    const faults = faultsOf(draft);
    if (faults.length > 0 || draft.testShare === 0) return faults;
    const expected = 'rows of a sample, but none was read';
    return sample === null || isFiles(sample) !== (draft.task.kind === 'sequence')
      ? [{ field: 'testShare', code: 'rows-too-few', expected }]
      : faults;
  };

  const publicRows = async ({ task, testShare }: FoundingDraft, words: RandomWords): Promise<TestSet | null> => {
    if (sample === null) return null;
    if (task.kind === 'sequence') return isFiles(sample) ? recordingTestSet(sample, task, testShare, words) : null;
    return task.kind === 'table' && !isFiles(sample) ? testSetOf(sample, task, testShare, words) : null;
  };

  const prepare = async (draft: FoundingDraft): Promise<Prepared> => {
    const text = JSON.stringify(draft);
    if (prepared?.draft === text && prepared.sample === sample) return prepared;
    const pair = await generateKeyPair(false);
    const identity = await identityOf(pair);
    const rows = draft.testShare > 0 ? await publicRows(draft, new RandomWords(random)) : null;
    const hash = rows === null ? null : hashBytes(rows.bytes);
    const about = rows === null ? null : { hash: hash!, bytes: rows.bytes.length, rows: rows.rows, synthetic: false };
    const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
    const body = parseManifestBody(bodyOf(draft, { steward: identity.id, nonce, testSet: about }));
    await checkDevicePolicy(body);
    const id = federationId(body);
    // Before publishing anything: a federation whose steward lost the key can never be amended.
    await keepKey(`steward/${id}`, pair);
    const signed = await signBody(identity, body);
    prepared = { id, draft: text, sample, identity, signed, testSet: rows === null ? null : { hash: hash!, bytes: rows.bytes } };
    return prepared;
  };

  return answering<FoundingWorker>({
    async infer(file, progress = () => {}) {
      const turn = ++reading;
      sample = await readSample(file, { progress, stopped: () => turn !== reading });
      return inferSchema(sample);
    },
    async stop() {
      reading++;
      return null;
    },
    async inferRecordings(files) {
      const read = await newest(readRecordingSample(files));
      sample = files;
      return inferRecordings(read);
    },
    async inferPictures(files) {
      const guess = await newest(inferPictures(files, decode ?? null));
      sample = null;
      return guess;
    },
    quote: async (task, policy, rowsTogether) => quoteOf(task, policy, rowsTogether),
    async rehearse(draft) {
      const rows = numerics === undefined ? null : await sampleRows(sample, draft.task);
      if (numerics === undefined || rows === null) return null;
      const body = bodyOf(draft, { steward: ANY_PEER, nonce: 'rehearsal', testSet: null });
      return rehearseDraft(await numerics(), body, draft.policy, rows, random);
    },
    check: async (draft) => check(draft),
    async publish(draft, relay, invitation) {
      const [fault] = check(draft);
      if (fault !== undefined) throw new MeshError(fault.code, { field: fault.field, expected: fault.expected });
      const { id, identity, signed, testSet } = await prepare(draft);
      // The test set first, so that a published manifest never names missing bytes.
      if (testSet !== null) await putBlob(relay, identity, testSet.hash, testSet.bytes, invitation);
      return { id, waits: await postManifest(relay, signed, id, invitation) };
    },
  });
}
