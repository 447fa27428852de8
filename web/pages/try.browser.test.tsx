import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { hashBytes } from '#protocol/codec';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { initialState, parameterTensors } from '#protocol/model/state';
import { writeSafetensors } from '#protocol/model/safetensors';
import type { TableTask } from '#protocol/manifest/task';
import { comparisonFixture, fakeLab, scoresFixture, type FakeLab } from '../testing/fake-lab.ts';
import { busySnapshot, fakePeer, no, snapshotOf, STATE, type FakePeer } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type Reply, type TestFederation } from '../testing/federation.ts';
import { mountAt, openPart, type Mounted } from '../testing/mount.tsx';

const TABLE: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'age', min: 0, max: 90, typical: 30 },
    { kind: 'ignored', name: 'name' },
    { kind: 'category', name: 'class', values: ['first', 'second'], others: true },
    { kind: 'number', name: 'fare', min: 0, max: 1, missing: 'fill' },
  ],
  label: { name: 'lived', classes: ['no', 'yes'] },
  picture: null,
};

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;
let lab: FakeLab;

beforeEach(async () => {
  peer = fakePeer();
  lab = fakeLab();
  await serve();
});
afterEach(() => {
  mounted?.dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A relay with one federation and a unique test set, so that no test finds another's in a cache. */
async function serve(change: Partial<ManifestBody> = {}, testSet: Reply = () => new Response('a test set')): Promise<void> {
  federation = await testFederation({
    nonce: crypto.randomUUID(),
    ...(change.testSet === undefined ? { testSet: ownTestSet() } : {}),
    ...change,
  });
  const { testSet: about } = federation.body;
  vi.stubGlobal('fetch', relayOf(federation, about === null ? {} : { [`/api/blobs/${about.hash}`]: testSet }));
}
const ownTestSet = () => ({ hash: hashBytes(crypto.getRandomValues(new Uint8Array(8))), bytes: 100, rows: 100, synthetic: true });

function open(part = '', round = 12): void {
  peer.answer('follow', () => {
    peer.publish(round === 0 ? snapshotOf(federation.id) : busySnapshot(federation.id));
    return { ok: true, value: { resumed: true } };
  });
  mounted = mountAt(`/f/${federation.id}/try${part}`, peer, lab.open);
}
const button = (name: string) => page.getByRole('button', { name, exact: true });
const region = (name: string) => page.getByRole('region', { name, exact: true });
const askedOf = (name: string) => lab.asked.filter((call) => call.name === name);
const savedFiles = () => {
  const names: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    names.push(this.download);
  });
  return names;
};

/** The table, with an initial row that is neither the manifest's nor the middle of its ranges. */
async function serveTable(): Promise<void> {
  await serve({ task: TABLE });
  const typical = { age: '31', class: 'second', fare: '0.25' };
  lab.answer('open', () => ({ ok: true, value: { round: 12, models: 11, state: STATE, typical } }));
}

test('a row is filled in with typical values, so that one press predicts, and the answer is told with numbers', async () => {
  await serveTable();
  lab.answer('predict', () => ({ ok: true, value: { probabilities: [0.25, 0.75], best: 1, seen: null } }));
  open();
  await expect.element(page.getByText('Model 11 of 80, made in round 12.')).toBeVisible();
  await expect.element(page.getByLabelText('class')).toHaveValue('second');
  await button('Predict').click();
  await expect.element(region('The answer').getByRole('status')).toMatchTextContent('lived: yes, with a probability of 75.0 %.');
  expect(askedOf('predict')[0]!.args).toEqual([{ cells: { age: '31', class: 'second', fare: '0.25' } }]);
  const bars = page.getByRole('list', { name: 'Probability of each answer' }).getByRole('listitem');
  expect(bars.elements().map((line) => line.textContent)).toEqual(['no25.0 %', 'yes75.0 %']);
});

test('a bad cell is told at its field', async () => {
  await serveTable();
  lab.answer('predict', () => no('value-type', { field: 'age', expected: 'a number', got: "'old'" }));
  open();
  await page.getByLabelText('age').fill('old');
  await page.getByLabelText('class').selectOptions('something else, or missing');
  await userEvent.keyboard('{Tab}{Tab}{Enter}');
  const field = page.getByLabelText('age');
  await expect.element(field).toHaveAttribute('aria-invalid', 'true');
  await expect.element(field).toHaveAccessibleDescription("expected a number, got 'old'");
  expect(askedOf('predict')[0]!.args).toEqual([{ cells: { age: 'old', class: '', fare: '0.25' } }]);
  await expect.element(page.getByRole('alert')).toBeVisible();
});

test('a drawing is predicted as it grows, by keyboard too, and an empty field has no answer', async () => {
  open();
  const cell = page.getByRole('gridcell').first();
  await expect.element(cell).toBeInTheDocument();
  (cell.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowDown}{ArrowRight} {ArrowDown} ');
  await expect.element(region('The answer').getByRole('status')).toMatchTextContent('digit: 7, with a probability of 80.0 %.');
  const shown = askedOf('predict').at(-1)!.args[0] as { drawing: Uint8Array };
  expect([shown.drawing.length, shown.drawing.some((v) => v > 0)]).toEqual([64, true]);
  await button('Clear').click();
  await expect.element(page.getByText('No answer yet.')).toBeVisible();
});

test('a picture is predicted, and what the model saw is shown', async () => {
  lab.answer('predict', () => ({ ok: true, value: { probabilities: Array(10).fill(0.1), best: 0, seen: new Uint8Array(64) } }));
  open();
  await page.getByLabelText('Or choose a picture').upload(new File(['x'], 'seven.png', { type: 'image/png' }));
  await expect.element(page.getByText('What the model saw')).toBeVisible();
  expect((askedOf('predict')[0]!.args[0] as { picture: File }).picture.name).toBe('seven.png');
});

test('a file becomes a file of predictions', async () => {
  open();
  const saved = savedFiles();
  await page.getByText('Predict a file').click();
  await page.getByLabelText('Choose a CSV file to predict').upload(new File(['x'], 'rows.csv', { type: 'text/csv' }));
  await expect.element(page.getByText('3 rows have a prediction. 1 row could not be read. The file says why.')).toBeVisible();
  await button('Download the predictions').click();
  expect(saved).toEqual(['rows-predictions.csv']);
  await page.getByLabelText('Choose pictures to predict').upload([new File(['x'], 'a.png'), new File(['y'], 'b.png')]);
  await expect.poll(() => askedOf('predictPictures')).toHaveLength(1);
  expect((askedOf('predictPictures')[0]!.args[0] as File[]).map((file) => file.name)).toEqual(['a.png', 'b.png']);
});

test('scores of the public test set: each class, and what is taken for what, in a box of its own at 320 px', async () => {
  await page.viewport(320, 700);
  open();
  const part = region('How good it is');
  await expect
    .element(part)
    .toMatchTextContent(/Correct98.0 %Always saying the most frequent answer gets 10.0 %.On 100 made-up test rows.*0.250/s);
  await part.getByText('Details').click();
  const matrix = part.getByRole('table', { name: 'Confusion matrix' });
  const cells = matrix.getByRole('row', { name: /^3 / }).getByRole('cell').elements();
  expect(cells.map((cell) => cell.textContent)).toEqual(['0', '0', '0', '8', '0', '0', '0', '0', '2', '0']);
  expect(part.getByRole('table', { name: 'Each answer' }).getByRole('row', { name: /^9 / }).element().textContent).toBe(
    '910none100.0 %85.0 %',
  );
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  await page.viewport(1280, 800);
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(1280);
});

test('many classes are told by their most frequent mix-ups', async () => {
  lab.answer('score', () => ({ ok: true, value: scoresFixture(30) }));
  const classes = Array.from({ length: 30 }, (_, i) => `c${i}`);
  await serve({ task: { ...TABLE, label: { name: 'kind', classes } } });
  open();
  const part = region('How good it is');
  await part.getByText('Details').click();
  const pairs = part.getByRole('table', { name: 'Confusion matrix' });
  await expect.element(pairs).toBeVisible();
  const lines = pairs.getByRole('row').elements();
  expect(lines.map((row) => row.textContent)).toEqual(['True answerModel’s answerRows', 'c3c82']);
});

test('no test set is said, and an absent relay is asked again', async () => {
  await serve({ testSet: null });
  open();
  await expect.element(region('How good it is')).toMatchTextContent(/no public test rows/);
  mounted!.dispose();
  let away = true;
  await serve({}, () => (away ? Promise.reject(new TypeError('no network')) : new Response('a test set')));
  open();
  await expect.element(region('How good it is')).toMatchTextContent(/The relay sends them once/);
  away = false;
  await button('Ask the relay again').click();
  await expect.element(region('How good it is')).toMatchTextContent(/98.0 %/);
});

test('joining helps, does not help with the reason, or nobody can tell: by the verdict alone, beside guessing', async () => {
  open();
  const part = region('Is joining worth it?');
  const own = { kind: 'linear', on: 'held-out' } as const;
  for (const [value, told] of [
    [comparisonFixture('mesh', 0.845, 0.71), /Joining helps you.*84.5 %.*a small network.*71.0 %.*Guessing.*10.0 %.*100 public test rows/s],
    [
      { ...comparisonFixture('solo', 0.8, 0.9), ...own },
      /does not help you\..*needs no noise.*a linear model.*100 rows that you kept aside/s,
    ],
    [comparisonFixture('open', 0.838, 0.824), /rows, the two cannot be told apart.*luck.*83.8 %.*82.4 %/s],
    [comparisonFixture('open', 0.824, 0.838), /rows, the two cannot be told apart.*luck.*82.4 %.*83.8 %/s],
  ] as const) {
    lab.answer('compareSolo', () => ({ ok: true, value }));
    await button('Compare on this device').click();
    await expect.element(part).toMatchTextContent(told);
  }
  lab.answer('compareSolo', () => ({ ok: true, value: null }));
  await button('Compare on this device').click();
  await expect.element(page.getByRole('link', { name: 'Choose your data' })).toHaveAttribute('href', `/f/${federation.id}/join`);
});

test('the model and its card are taken along, with the scores', async () => {
  open();
  const saved = savedFiles();
  await expect.element(region('How good it is')).toMatchTextContent(/98.0 %/);
  await button('Download the model').click();
  await button('Download the model card').click();
  await expect.poll(() => saved).toEqual(['model.safetensors', 'model-round-12.md']);
  expect(askedOf('card')[0]!.args).toEqual([scoresFixture()]);
});

test('before the first state is here, it is the model that everybody starts from, and it says so', async () => {
  peer.answer('download', () => no('not-found', { field: 'model' }));
  open('', 0);
  await expect.element(page.getByText(/This first model has learned nothing yet/)).toBeVisible();
  expect(askedOf('open')[0]!.args[2]).toBeNull();
  expect(button('Download the model').query()).toBeNull();
  await expect.element(page.getByText('There is nothing to compare before the first round.')).toBeVisible();
  // The first state arrives: the page follows it by itself, since nothing was tried.
  peer.answer('download', () => ({ ok: true, value: { name: 'm', bytes: new Uint8Array([1]) } }));
  peer.publish(busySnapshot(federation.id));
  await expect.element(page.getByText('Model 11 of 80, made in round 12.')).toBeVisible();
});

test('a model that was tried stays until the newer one is asked for', async () => {
  await serve({ task: TABLE });
  open();
  await button('Predict').click();
  await expect.element(page.getByText(/with a probability of/)).toBeVisible();
  lab.answer('open', () => ({ ok: true, value: { round: 15, models: 14, state: STATE, typical: {} } }));
  peer.publish({ ...busySnapshot(federation.id), round: 15, state: `${STATE}15` as typeof STATE });
  await expect.element(page.getByText('Round 15 is here. You are looking at round 12.')).toBeVisible();
  await expect.element(page.getByText('Model 11 of 80, made in round 12.')).toBeVisible();
  await button('Use the newer model').click();
  await expect.element(page.getByText('Model 14 of 80, made in round 15.')).toBeVisible();
  // The newer model is asked about the same row, and then stays.
  await expect.poll(() => askedOf('predict')).toHaveLength(2);
  expect(askedOf('predict')[1]!.args).toEqual(askedOf('predict')[0]!.args);
});

test('an input that was asked about while a newer model opens has its answer from that one', async () => {
  await serve({ task: TABLE });
  let answerFirst: () => void = () => {};
  lab.answer(
    'predict',
    () => new Promise((resolve) => (answerFirst = () => resolve({ ok: true, value: { probabilities: [1, 0], best: 0, seen: null } }))),
  );
  let release: () => void = () => {};
  open();
  await expect.element(page.getByText('Model 11 of 80, made in round 12.')).toBeVisible();
  lab.answer(
    'open',
    () => new Promise((resolve) => (release = () => resolve({ ok: true, value: { round: 13, models: 12, state: STATE, typical: {} } }))),
  );
  peer.publish({ ...busySnapshot(federation.id), round: 13, state: `${STATE}13` as typeof STATE });
  await expect.poll(() => askedOf('open')).toHaveLength(2);
  await button('Predict').click();
  const early = answerFirst;
  lab.answer('predict', () => ({ ok: true, value: { probabilities: [0.25, 0.75], best: 1, seen: null } }));
  release();
  await expect.element(page.getByText('lived: yes, with a probability of 75.0 %.')).toBeVisible();
  early();
  await expect.element(page.getByText('lived: yes, with a probability of 75.0 %.')).toBeVisible();
});

test('where members go on past the rounds of one full budget, the model does not claim to be the 81st of 80', async () => {
  lab.answer('open', () => ({ ok: true, value: { round: 81, models: 80, state: STATE, typical: {} } }));
  open();
  await expect.element(page.getByText('Model 80 of 80, made in round 81.')).toBeVisible();
});

test('a lab that cannot start, or a file that is no model, is told and can be tried again; leaving ends the lab', async () => {
  lab.answer('open', () => no('wrong-length', { field: 'model.layer1.weight', expected: 'F32 [64, 32]' }));
  open();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/model.layer1.weight/);
  lab.answer('open', () => ({ ok: true, value: { round: 3, models: 2, state: STATE, typical: {} } }));
  await button('Try again').click();
  await expect.element(page.getByText('Model 2 of 80, made in round 3.')).toBeVisible();
  mounted!.go('/');
  await expect.poll(() => lab.opened()).toEqual([1, 1]);
});

test('an address that names the comparison leads to it, although it comes with the model; so does a link on the page', async () => {
  let release: () => void = () => {};
  const opened = { ok: true as const, value: { round: 12, models: 11, state: STATE, typical: {} } };
  lab.answer('open', () => new Promise((resolve) => (release = () => resolve(opened))));
  await page.viewport(800, 600);
  open('#worth');
  await expect.poll(() => askedOf('open')).toHaveLength(1);
  const heading = page.getByRole('heading', { name: 'Is joining worth it?', exact: true });
  expect(heading.query()).toBeNull();
  release();
  await expect.element(heading).toHaveFocus();
  await expect.element(heading).toBeInViewport();
  mounted!.go(`/f/${federation.id}/try`);
  (document.activeElement as HTMLElement).blur();
  scrollTo(0, 0);
  await expect.element(heading).not.toBeInViewport();
  mounted!.go(`/f/${federation.id}/try#worth`);
  await expect.element(heading).toHaveFocus();
  await expect.element(heading).toBeInViewport();
});

test('the train page leads here', async () => {
  open();
  await expect.element(page.getByRole('heading', { name: 'Try Handwritten digits' })).toBeVisible();
  mounted!.go(`/f/${federation.id}`);
  await openPart('Results');
  const worth = page.getByRole('link', { name: 'Is joining worth it for me?' });
  await expect.element(worth).toHaveAttribute('href', `/f/${federation.id}/try#worth`);
  await page.getByRole('link', { name: 'Try the model' }).click();
  await expect.element(page.getByRole('heading', { name: 'Try Handwritten digits' })).toBeVisible();
});

test('with the real lab: a model file is drawn for, judged, and described', async () => {
  // A picture of ink at one place is class 3: weights by hand on the digits federation without a hidden layer.
  const model: ManifestBody['model'] = { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'test' };
  const x = new Float32Array(60 * 64).fill(-1);
  const y = Int32Array.from({ length: 60 }, (_, i) => (i < 45 ? 3 : 5));
  const bytes = writeSafetensors([
    { name: 'x', shape: [60, 64], values: x },
    { name: 'y', shape: [60], values: y },
  ]);
  await serve({ model, testSet: { hash: hashBytes(bytes), bytes: bytes.length, rows: 60, synthetic: false } }, () => new Response(bytes));
  const network = networkOf(federation.body);
  const { parameters } = initialState(network, 'test');
  parameters.fill(0);
  parameters[64 * 10 + 3] = 2;
  const file = writeSafetensors(parameterTensors(network, parameters), {
    federation: federation.id,
    round: '7',
    models: '6',
    state: STATE,
  });
  peer.answer('download', () => ({ ok: true, value: { name: 'digits-round-7.safetensors', bytes: file } }));
  peer.answer('follow', () => {
    peer.publish(busySnapshot(federation.id));
    return { ok: true, value: { resumed: true } };
  });
  mounted = mountAt(`/f/${federation.id}/try`, peer);
  await expect.element(page.getByText('Model 6 of 80, made in round 7.')).toBeVisible();
  const cell = page.getByRole('gridcell').first();
  await expect.element(cell).toBeInTheDocument();
  (cell.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowDown} ');
  // Its accuracy on the test set, one row spread over the ten classes: 45.1 of 61. Uncalibrated outputs would give e^2 / (e^2 + 9) = 45.1 %.
  await expect.element(page.getByText('digit: 3, with a probability of 73.9 %.')).toBeVisible();
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext('2d')!.fillRect(10, 5, 8, 20);
  const png = await canvas.convertToBlob({ type: 'image/png' });
  await page.getByLabelText('Or choose a picture').upload(new File([png], 'a.png', { type: 'image/png' }));
  await expect.element(page.getByText('What the model saw')).toBeVisible();
  await page.getByLabelText('Or choose a picture').upload(new File([png.slice(0, 60)], 'half.png', { type: 'image/png' }));
  await expect.element(page.getByRole('alert')).toMatchTextContent(/half.png/);
  const scores = region('How good it is');
  await expect.element(scores).toMatchTextContent(/75.0 %.*On 60 public test rows/s);
  await page.getByText('Predict a file').click();
  const header = Array.from({ length: 64 }, (_, i) => `p${i}`).join(',');
  await page.getByLabelText('Choose a CSV file to predict').upload(new File([`${header}\n${Array(64).fill(4).join(',')}\n`], 'rows.csv'));
  await expect.element(page.getByText('1 row has a prediction.')).toBeVisible();
  // A file of the person's own that predicts 5 for the same ink, in place of the model and back.
  parameters.fill(0);
  parameters[64 * 10 + 5] = 2;
  await page.getByText('Try a model file instead').click();
  const own = new File([writeSafetensors(parameterTensors(network, parameters))], 'five.safetensors');
  await page.getByLabelText('Choose a model file (.safetensors)').upload(own);
  await expect.element(scores).toMatchTextContent(/25.0 %.*On 60 public test rows/s);
  await button('Back to the project’s model').click();
  await expect.element(scores).toMatchTextContent(/75.0 %.*On 60 public test rows/s);
  const written = new Promise<string>((resolve) => {
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      void (blob as Blob).text().then(resolve);
      return 'blob:none';
    });
  });
  savedFiles();
  await button('Download the model card').click();
  expect(await written).toMatch(/# Handwritten digits[\s\S]*Accuracy 0.750[\s\S]*`layer1.weight` \| F32 \| 64 × 10/);
});

test('snapshots that bring the same state leave what was found on the page', async () => {
  lab.answer('compareSolo', () => ({ ok: true, value: comparisonFixture('solo', 0.8, 0.9) }));
  open();
  await button('Compare on this device').click();
  await expect.element(page.getByText('Joining does not help you.', { exact: false })).toBeVisible();
  const opened = lab.asked.filter(({ name }) => name === 'open').length;
  for (let i = 0; i < 3; i++) peer.publish({ ...busySnapshot(federation.id), bytesIn: i });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(lab.asked.filter(({ name }) => name === 'open').length).toBe(opened);
  // A newer model waits until it is requested.
  peer.publish({ ...busySnapshot(federation.id), round: 13, state: 'another' as typeof STATE });
  await expect.element(button('Use the newer model')).toBeVisible();
  await expect.element(page.getByText('Joining does not help you.', { exact: false })).toBeVisible();
});
