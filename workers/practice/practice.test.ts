/** A whole practice in one thread: the seat, the newcomer's own participant and company, over message ports. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MeshError } from '#protocol/errors';
import { hashBytes } from '#protocol/codec';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';
import { federationId, type ManifestBody } from '#protocol/manifest/manifest';
import { openManifest, parseManifestBody } from '#protocol/manifest/open';
import { readSafetensors, readSafetensorsMetadata } from '#protocol/model/safetensors';
import type { PortTo } from '#signaling/in-page-mesh';
import { loadNumerics } from '#wasm/load-node';
import type { Problem, Snapshot } from '../api.ts';
import { draftFixture } from '../founding/draft.fixture.ts';
import { bodyOf } from '../founding/draft.ts';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { unwrap } from '../answered.ts';
import { openParticipant, type Participant } from './participant.ts';
import { practiceRows, shareOf } from './practice-rows.ts';
import { foundPractice, sitForPractice } from './seat.ts';
import { madeUpTestSet, practiceTerms, rowsEach } from './terms.ts';
import { counting } from '../solo/counted-work.fixture.ts';
import { figureOf } from '../trainer/goodness.ts';
import type { NumberPrediction } from '../lab/api.ts';
import { openLab } from '../lab/lab.fixture.ts';
import type { TableTask } from '#protocol/manifest/task';

const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));
const nobody = () => Promise.reject(new Error('nothing is fetched'));

/** Enough rows, and noise low enough, for the model to learn visibly. */
function like(rounds = 30): ManifestBody {
  const body = manifestFixture();
  return parseManifestBody({ ...body, privacy: { ...body.privacy, epsilon: 8, sigma: 2, rounds } });
}

function connect(names: readonly Identity[]): PortTo[][] {
  const ports: PortTo[][] = names.map(() => []);
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a]!.push({ peer: names[b]!.id, port: port1 });
      ports[b]!.push({ peer: names[a]!.id, port: port2 });
    }
  }
  return ports;
}

const PATIENCE = { timeout: 100_000, interval: 50 };

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function practise(body: ManifestBody, members: number, numerics = loadNumerics) {
  const seat = await newIdentity();
  const identities = await Promise.all(Array.from({ length: members }, newIdentity));
  const founded = await foundPractice(seat, body, members, false, null);
  const ports = connect([seat, ...identities]);
  const problems: Problem[] = [];
  endings.push(await sitForPractice(seat, founded.manifest, ports[0]!, (problem) => void problems.push(problem)));
  const latest: (Snapshot | undefined)[] = identities.map(() => undefined);
  const participants: Participant[] = [];
  for (const [i, identity] of identities.entries()) {
    const participant = await openParticipant({
      identity,
      entry: { ...founded, rows: { seed: String(i) }, brief: i > 0 },
      ports: ports[i + 1]!,
      numerics: numerics(),
      fetchSample: nobody,
      listener: (snapshot) => void (latest[i] = snapshot),
      paceMs: 0,
    });
    participants.push(participant);
    endings.push(() => participant.peer.close());
  }
  return { seat, founded, participants, latest, problems };
}

describe('a practice', () => {
  test('runs the rounds of a federation among made-up participants, and its model learns', async () => {
    const { seat, founded, participants, latest, problems } = await practise(like(), 3);
    await vi.waitFor(() => expect(latest[0]?.scores.at(-1)?.round).toBeGreaterThanOrEqual(25), PATIENCE);
    const own = latest[0]!;
    expect(own.needed).toBe(3);
    expect(own.contributed).toBeGreaterThanOrEqual(20);
    expect(own.peers.map(({ path }) => path)).toEqual(['in-page', 'in-page', 'in-page']);
    expect(own.peers.filter(({ relay }) => relay).map(({ peer }) => peer)).toEqual([seat.id]);
    expect(own.data).toMatchObject({ synthetic: true });
    expect(figureOf(own.scores.at(-1)!)).toBeGreaterThan(0.5);
    expect(own.rounds.every(({ contributors }) => contributors === 3)).toBe(true);
    expect(problems).toEqual([]);

    const { name, bytes } = unwrap(await participants[0]!.peer.download());
    expect(name).toMatch(/^practice-corners-round-\d+\.safetensors$/);
    expect(readSafetensorsMetadata(bytes).get('federation')).toBe(federationId(founded.manifest.body));
  });

  test('with recordings works as any other', async () => {
    const task = sequenceTask({ length: 16, hop: 8 });
    const draft = draftFixture({ task, policy: { epsilon: 8, delta: 1e-5, members: 2, rowsEach: 100, hidden: [], layers: true } });
    const body = parseManifestBody(bodyOf(draft, { steward: (await newIdentity()).id, nonce: 'n', testSet: null }));
    const { latest, problems } = await practise(body, 2);
    await vi.waitFor(() => expect(latest[0]?.scores.at(-1)?.round).toBeGreaterThanOrEqual(15), PATIENCE);
    expect(latest[0]!.data).toMatchObject({ synthetic: true, units: latest[0]!.data!.rows / 2 });
    expect(figureOf(latest[0]!.scores.at(-1)!)).toBeGreaterThan(0.7);
    expect(problems).toEqual([]);
  });

  test('with numbers learns, compares its error with the median’s, and its model answers with an interval', async () => {
    const { columns } = draftFixture().task as TableTask;
    const label = { name: 'price', number: { min: 0, max: 400, typical: 120, loss: 'huber' as const } };
    const task: TableTask = { kind: 'table', columns, label, picture: null };
    const draft = draftFixture({ task, policy: { epsilon: 8, delta: 1e-5, members: 3, rowsEach: 200, hidden: [] } });
    const body = parseManifestBody(bodyOf(draft, { steward: (await newIdentity()).id, nonce: 'n', testSet: null }));
    const { latest, problems, participants, founded } = await practise(body, 3);
    await vi.waitFor(() => expect(latest[0]?.activity).toBe('finished'), PATIENCE);
    await vi.waitFor(() => expect(latest[0]?.scores.at(-1)?.round).toBe(latest[0]?.round), PATIENCE);
    const [own] = [latest[0]!];
    expect(problems).toEqual([]);
    expect(own.data).toMatchObject({ synthetic: true, classCounts: [] });
    expect(figureOf(own.scores.at(-1)!)).toBeLessThan(0.8 * own.guessing!);
    const alone = (await participants[0]!.alone())!;
    expect(alone).toBeLessThan(0.8 * own.guessing!);

    const { bytes } = unwrap(await participants[0]!.peer.download());
    const lab = openLab();
    unwrap(await lab.open(federationId(founded.manifest.body), founded.manifest.body, bytes, founded.testSet));
    const told = unwrap(await lab.predict({ cells: { sex: 'f', age: '40' } }));
    expect(told).toMatchObject({ value: expect.any(Number), interval: { on: 'test-set' } });
    const { value, interval } = told as NumberPrediction;
    expect([value > interval!.low, value < interval!.high, interval!.high - interval!.low < 400]).toEqual([true, true, true]);
  });

  test('has finished after its rounds, and says what guessing and each alone would do', async () => {
    const { numerics, work } = counting(await loadNumerics());
    const { participants, latest, founded } = await practise(like(3), 2, async () => numerics);
    await vi.waitFor(() => expect(latest.map((one) => one?.activity)).toEqual(['finished', 'finished']), PATIENCE);
    expect(latest.map((one) => one!.made)).toEqual([3, 3]);
    const labels = readSafetensors(founded.testSet!).get('y')!.values;
    const counts = [0, 1, 2].map((label) => labels.filter((one) => one === label).length);
    expect(latest.map((one) => one!.guessing)).toEqual(Array(2).fill(Math.max(...counts) / labels.length));
    expect(work()).toBe(0); // of training alone
    for (const { alone } of participants) expect(await alone()).toBeGreaterThan(0.7);
    expect(work()).toBeGreaterThan(0);
  });

  test('does not train for long without being asked', async () => {
    const body = like(1);
    const { numerics, work } = counting(await loadNumerics());
    const wide = parseManifestBody({ ...body, model: { ...body.model, hidden: [400, 400] } });
    const { participants } = await practise(wide, 1, async () => numerics);
    expect(await participants[0]!.alone()).toBeNull();
    expect(work()).toBe(0);
  });

  test('supports as many as the page offers, and shows companions’ progress and last messages', async () => {
    const { latest, problems } = await practise(like(), 5);
    await vi.waitFor(() => expect(Math.min(...latest.map((one) => one?.contributed ?? 0))).toBeGreaterThan(1), PATIENCE);
    await vi.waitFor(() => expect(latest.slice(1).map((one) => one!.outbox.length)).toEqual([16, 16, 16, 16]), PATIENCE);
    for (const other of latest.slice(1)) {
      expect(other).toMatchObject({ scores: [], rounds: [], data: { synthetic: true } });
      expect(other!.outbox.map(({ kind }) => kind)).toContain('update');
    }
    expect(problems).toEqual([]);
  });

  test('waits for all of its members, since none of them can be late for good', async () => {
    const { founded } = await practise(like(), 2);
    expect(founded.manifest.body.rounds).toMatchObject({ minContributors: 2, maxContributors: 2 });
  });
});

describe('the terms of a practice', () => {
  test('are those of the federation, with their own id, name, steward and seat', async () => {
    const body = like();
    const seat = await newIdentity();
    const { manifest } = await foundPractice(seat, { ...body, relays: ['https://mesh.example'] }, 4, false, null);
    const { id, body: practice } = await openManifest(manifest);
    expect(id).not.toBe(federationId(body));
    expect(practice).toMatchObject({ name: 'Practice: Corners', steward: seat.id, seats: { kind: 'home', relays: [seat.id] }, relays: [] });
    for (const field of ['task', 'model', 'privacy', 'rule'] as const) expect(practice[field]).toEqual(body[field]);
    expect(practice.description).toMatch(/^A practice model of made-up rows; .* Which corner/);
    const again = await foundPractice(seat, body, 4, false, null);
    expect(federationId(again.manifest.body)).not.toBe(id);
  });

  test('cut a long name between characters', async () => {
    const { id: seat } = await newIdentity();
    const terms = { like: { ...like(), name: `a${'😀'.repeat(39)}` }, members: 2, seat, testSet: null, nonce: 'n' };
    const { name } = practiceTerms(terms);
    expect(name.length).toBeLessThanOrEqual(80);
    expect([...name].every((character) => character === '😀' || character.length === 1)).toBe(true);
    expect(name).toMatch(/😀$/u);
  });

  test('use the public test set only with its own bytes, and none if nothing can score samples', async () => {
    const seat = await newIdentity();
    const { about, bytes } = await madeUpTestSet(like());
    const real = { ...like(), testSet: about };
    expect((await foundPractice(seat, real, 2, true, bytes)).manifest.body.testSet).toEqual(about);
    const torn = bytes.slice();
    torn[torn.length - 1]! ^= 1;
    const without = await foundPractice(seat, real, 2, true, torn);
    expect(without).toMatchObject({ testSet: null, manifest: { body: { testSet: null } } });
    expect((await foundPractice(seat, real, 2, true, null)).testSet).toBeNull();
  });

  test('include a made-up test set whose bytes the manifest describes', async () => {
    const { testSet, manifest } = await foundPractice(await newIdentity(), like(), 2, false, null);
    const about = manifest.body.testSet!;
    expect(about).toMatchObject({ synthetic: true, bytes: testSet!.length, hash: hashBytes(testSet!) });
    expect(readSafetensors(testSet!).get('y')!.values).toHaveLength(about.rows);
  });

  test('ask for a typical member’s rows, within the federation’s bound', () => {
    const body = like();
    expect(rowsEach(body)).toBe(900);
    expect(rowsEach({ ...body, privacy: { ...body.privacy, rowsMax: 120 } })).toBe(120);
  });
});

describe('shares of a sample', () => {
  const csv = `# Synthetic\nx,y\n${Array.from({ length: 7 }, (_, i) => `${i},${i}`).join('\n')}\n`;

  test('have no row in common and lose none', () => {
    const rows = [0, 1, 2].map((index) => shareOf(csv, index, 3).trim().split('\n'));
    expect(rows.map(([header]) => header)).toEqual(['x,y', 'x,y', 'x,y']);
    expect(rows.flatMap(([, ...own]) => own).toSorted()).toEqual(Array.from({ length: 7 }, (_, i) => `${i},${i}`));
  });

  test('come from the requested sample, and fail as it does', async () => {
    const rows = { sample: 'digits-1.csv', index: 1, of: 2 };
    const served = async (name: string) => new Blob([name === 'digits-1.csv' ? csv : '']);
    expect(await practiceRows(rows, like(), served)).toEqual({ text: 'x,y\n1,1\n3,3\n5,5\n' });
    const gone = () => Promise.reject(new MeshError('unreachable'));
    await expect(practiceRows(rows, like(), gone)).rejects.toMatchObject({ code: 'unreachable' });
  });
});
