/**
 * Models of layers in real tabs: a small convolutional network over a reload, whose file gives the same answers outside of the browser;
 * and every choice of clipping and optimiser at once, among a tab and headless peers that must all end in one state.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Hash } from '#protocol/codec';
import { STATE_BYTES_MAX } from '#protocol/limits';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { decodeParameters, decodeState } from '#protocol/model/state';
import { readSafetensorsMetadata } from '#protocol/model/safetensors';
import { imageLayers } from '#protocol/model/preset-layers';
import { lastFeatures, noiseVariance, shrinkRows } from '#workers/lab/noise-spread';
import { loadNumerics } from '#wasm/load-node';
import type { Snapshot } from '#workers/api';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { softmaxRows } from '#workers/trainer/softmax';
import { fetchBlob, fetchFederations } from '#signaling/relay-client';
import { lying, lyingGrey, pixelsOf, publishLinePictures, SIDE, upright, uprightGrey } from './line-pictures.ts';
import { builtinManifest, publishChanged } from './publish.ts';
import { openStage, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const PATIENCE_MS = 120_000;
const PICTURES_EACH = 12;
const CNN: ManifestBody['model'] = { kind: 'layers', layers: imageLayers({ height: SIDE, width: SIDE, channels: 1 }, 2), seed: 'lines' };
let stage: Stage;
let folder: string;

const ended = ({ activity }: Snapshot) => activity === 'finished' || activity === 'budget-spent';

beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'mesh-layers-'));
  for (const [member, name] of ['first', 'second'].entries()) {
    for (const kind of ['upright', 'lying']) await mkdir(join(folder, name, kind), { recursive: true });
    for (let i = 0; i < PICTURES_EACH; i++) {
      await writeFile(join(folder, name, 'upright', `${i}.png`), upright(i + 1, 1 + ((i + member) % 3)));
      await writeFile(join(folder, name, 'lying', `${i}.png`), lying(i + 1, 1 + ((i + member) % 3)));
    }
  }
  await writeFile(join(folder, 'new-upright.png'), upright(6, 4));
  await writeFile(join(folder, 'new-lying.png'), lying(9, 4));
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

async function saved({ page }: Tab, name: string): Promise<Buffer> {
  const button = page.getByRole('button', { name, exact: true });
  await button.waitFor({ timeout: PATIENCE_MS });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return readFile(await download.path());
}

/** An accountant that comes late may find room for one more round, so both are asked until they are at the same one. */
async function sameModel(first: Tab, second: Tab): Promise<void> {
  await expect
    .poll(
      async () => {
        const [one, other] = await Promise.all([first.download(), second.download()]);
        const rounds = [one!, other!].map((bytes) => readSafetensorsMetadata(bytes).get('round'));
        return rounds[0] === rounds[1] ? one!.equals(other!) : rounds;
      },
      { timeout: PATIENCE_MS },
    )
    .toBe(true);
}

/** On the page where a model is tried: a file of predictions for pictures. @returns lines of cells, without the header */
async function predictions(tab: Tab, files: readonly string[]): Promise<string[][]> {
  const { page } = tab;
  const part = page.locator('details', { hasText: 'Predict a file' });
  await part.waitFor({ timeout: PATIENCE_MS });
  if ((await part.getAttribute('open')) === null) await part.locator('summary').click();
  const field = page.getByLabel('Choose pictures to predict');
  await field.setInputFiles([]); // the same files again are no change
  await field.setInputFiles([...files]);
  return (await saved(tab, 'Download the predictions'))
    .toString('utf8')
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','));
}

it('a convolutional network is trained by two tabs, one of which reloads; its file answers alike in Node, and when it is opened again', async () => {
  const id = await publishLinePictures(stage.relay.url, 12, { model: CNN, rounds: { minContributors: 2, takeoverMs: 3000 } });
  const tabs: Tab[] = [];
  for (const name of ['first', 'second']) {
    const tab = await Tab.open(stage.browser, new URL(`/f/${id}/join`, stage.relay.url).href);
    await tab.page.getByLabel('Choose a folder of pictures').setInputFiles(join(folder, name), { timeout: PATIENCE_MS });
    await tab.agree();
    tabs.push(tab);
  }
  const [first, second] = tabs as [Tab, Tab];
  const before = await first.until(
    'an update under way after the first model',
    ({ models, activity }) => models > 0 && (activity === 'training' || activity === 'waiting-for-others' || activity === 'deciding'),
  );
  await first.page.reload();
  const back = await first.until('the tab is back', ({ activity, peers }) => activity !== 'connecting' && peers.length > 0);
  expect(back.data).toMatchObject({ name: 'first', rows: 2 * PICTURES_EACH });
  expect(back.budget.spent).toBeGreaterThanOrEqual(before.budget.spent);
  await first.until('it contributes again', ({ contributed }) => contributed > before.contributed);

  await Promise.all(tabs.map((tab) => tab.until('the end of its budget', ended)));
  await sameModel(first, second);

  const pictures = [join(folder, 'new-upright.png'), join(folder, 'new-lying.png')];
  await second.page.goto(new URL(`/f/${id}/try`, stage.relay.url).href);
  const inTab = await predictions(second, pictures);
  // What was asked stays on the page, whatever is decided meanwhile, and so does the file that it was asked of.
  const file = await saved(second, 'Download the model');

  // In Node, by what the model card says of inputs: row by row, (v - 0) * 2 / 255.
  const body = await manifestOf(id);
  const network = networkOf({ task: body.task, model: CNN });
  const numerics = await loadNumerics();
  const model = numerics.model({ network, loss: 'cross-entropy' }, 2);
  const parameters = decodeParameters(network, file);
  model.setParameters(parameters);
  const x = [uprightGrey(6, 4), lyingGrey(9, 4)].flatMap((grey) => Array.from(pixelsOf(grey), (v) => (v * 2) / 255));
  // No row is public here, so outputs are as sure as the noise of that many models leaves them.
  const outputs = model.forward(Float32Array.from(x));
  const raw = softmaxRows(outputs.slice(), 2);
  const { made } = (await second.snapshot())!;
  shrinkRows(outputs, lastFeatures(numerics, network, parameters, 2)!.of(Float32Array.from(x)), noiseVariance(body, made), 2);
  const expected = softmaxRows(outputs, 2);
  model.free();
  const likeliest = [0, 2].map((at) => ['upright', 'lying'][expected[at]! >= expected[at + 1]! ? 0 : 1]);
  expect(inTab.map(([picture, kind]) => [picture, kind])).toEqual([
    ['new-upright.png', likeliest[0]],
    ['new-lying.png', likeliest[1]],
  ]);
  const given = (cells: readonly (readonly string[])[]) => cells.flatMap((row) => [Number(row[2]), Number(row[3])]);
  for (const [i, p] of given(inTab).entries()) expect(p).toBeCloseTo(expected[i]!, 5);

  // The same file, opened on the page as one's own.
  await writeFile(join(folder, 'taken.safetensors'), file);
  await second.page.getByText('Try a model file instead').click();
  await second.page.getByLabel('Choose a model file (.safetensors)').setInputFiles(join(folder, 'taken.safetensors'));
  await second.page.getByText('Your file taken.safetensors.').waitFor({ timeout: PATIENCE_MS });
  await second.page.getByText(/It says that it belongs to this project, after round/).waitFor();
  // How many models made it is the file's own word, which nothing proves: its outputs stand as they are.
  const fromFile = await predictions(second, pictures);
  expect(fromFile.map(([picture, kind]) => [picture, kind])).toEqual(inTab.map(([picture, kind]) => [picture, kind]));
  for (const [i, p] of given(fromFile).entries()) expect(p).toBeCloseTo(raw[i]!, 5);
  expect(tabs.flatMap(({ errors }) => errors)).toEqual([]);
  await Promise.all(tabs.map(({ context }) => context.close()));
});

it('clipping by layer and by quantile, Adam and a schedule: a tab and two headless peers end in the same state', async () => {
  const rounds = 8;
  const name = 'Digits in layers';
  const federation = await publishChanged(stage.relay.url, rounds, (base) => ({
    name,
    model: {
      kind: 'layers',
      seed: 'digits',
      layers: [
        { kind: 'dense', inputs: 64, outputs: 24 },
        { kind: 'layer-norm', channels: 24 },
        { kind: 'gelu' },
        { kind: 'dropout', rate: 0.1 },
        { kind: 'residual', layers: [{ kind: 'dense', inputs: 24, outputs: 24 }, { kind: 'tanh' }] },
        { kind: 'dense', inputs: 24, outputs: 10 },
      ],
    },
    privacy: { ...base.privacy, perLayer: true, adaptive: { quantile: 0.5, rate: 0.2, share: 0.1 } },
    rule: {
      kind: 'mean',
      step: 0.01,
      momentum: 0,
      optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-6, dpBias: true },
      schedule: { kind: 'cosine', warmup: 2, floor: 0.1 },
    },
    rounds: { ...base.rounds, minContributors: 3, joinWindowMs: 300, takeoverMs: 3000 },
  }));
  const heads: (Snapshot | null)[] = [null, null];
  const peers: HeadlessPeer[] = [];
  try {
    for (const i of heads.keys()) {
      const options = { relay: stage.relay.url, folder: join(folder, `peer-${i}`), federation };
      peers.push(
        await openHeadlessPeer({
          ...options,
          data: { sample: `digits-${i + 2}.csv` },
          onSnapshot: (snapshot) => (heads[i] = snapshot),
        }),
      );
    }
    const tab = await Tab.open(stage.browser, stage.relay.url);
    await tab.join(name, await sampleCsv(1));
    await tab.until('the end of the budget', (snapshot) => ended(snapshot) && snapshot.models >= rounds);
    // All at the same round at once: one whose accountant comes late may find room for one more.
    let inTab!: Snapshot;
    const states = async () => {
      inTab = (await tab.snapshot())!;
      return new Set([inTab, ...heads].map((snapshot) => `${snapshot?.round} ${snapshot?.state}`)).size;
    };
    await expect.poll(states, { timeout: PATIENCE_MS }).toBe(1);
    expect([inTab, ...heads].map((snapshot) => snapshot!.problem)).toEqual([null, null, null]);

    // The relay has that state too, with all that the rule keeps: the number of models, the second moment, and a clip that moved.
    const body = await manifestOf(inTab.federation);
    const state = decodeState(networkOf(body), await fetchBlob(stage.relay.url, inTab.state as Hash, STATE_BYTES_MAX));
    expect(state.applied).toBe(inTab.models);
    expect(state.variance!.some((v) => v !== 0)).toBe(true);
    expect(state.clip).not.toBe(Math.fround(body.privacy.clip));
    expect(decodeParameters(networkOf(body), await tab.download())).toEqual(state.parameters);
    expect(tab.errors).toEqual([]);
    await tab.context.close();
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
});

async function manifestOf(id: string): Promise<ManifestBody> {
  const list = await fetchFederations(stage.relay.url);
  return builtinManifest(stage.relay.url, list.find((f) => f.id === id)!.name);
}
