/**
 * A federation of pictures in real tabs: a folder chosen as one, with everything that lies in folders, to rows, a consent and a
 * certified round; and drawings by mouse.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encode } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody } from '#protocol/identity';
import { federationId, type ManifestBody } from '#protocol/manifest';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { builtinManifest } from './publish.ts';
import { openStage, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const PATIENCE_MS = 120_000;
const SIDE = 16;
let stage: Stage;
let folder: string;

/** Grey, 8 bits, no filter (W3C PNG, third edition). */
function png(width: number, height: number, grey: (x: number, y: number) => number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const lines = Array.from({ length: height }, (_, y) => Buffer.from([0, ...Array.from({ length: width }, (__, x) => grey(x, y))]));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Lines of any thickness and place: upright ones, or lying ones. */
const upright = (at: number, thick: number) => png(SIDE, SIDE, (x) => (x >= at && x < at + thick ? 255 : 0));
const lying = (at: number, thick: number) => png(SIDE, SIDE, (_, y) => (y >= at && y < at + thick ? 255 : 0));

/** The built-in digits with pictures of lines instead, for one member. @returns its id */
async function publishLines(relay: string): Promise<string> {
  const base = await builtinManifest(relay, 'Handwritten digits');
  const steward = await identityOf(await generateKeyPair(false));
  const { epsilon, delta, rate } = base.privacy;
  const rounds = 4;
  const body: ManifestBody = {
    ...base,
    name: 'Lines',
    nonce: crypto.randomUUID(),
    steward: steward.id,
    task: {
      kind: 'image',
      width: SIDE,
      height: SIDE,
      colour: 'grey',
      background: 'dark',
      label: { name: 'line', classes: ['upright', 'lying'] },
    },
    model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: base.model.seed },
    rounds: { ...base.rounds, minContributors: 1, joinWindowMs: 200 },
    privacy: { ...base.privacy, rounds, sigma: calibrateSigma({ epsilon, delta, rate, rounds }) },
    testSet: null,
  };
  const response = await fetch(new URL('/api/federations', relay), {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: encode(await signBody(steward, body)),
  });
  if (!response.ok) throw new Error(`publishing failed: ${await response.text()}`);
  return federationId(body);
}

beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'mesh-pictures-'));
  for (const kind of ['upright', 'Lying']) await mkdir(join(folder, 'lines', kind), { recursive: true });
  for (let i = 0; i < 10; i++) {
    await writeFile(join(folder, 'lines', 'upright', `${i}.png`), upright(i + 1, 1 + (i % 3)));
    await writeFile(join(folder, 'lines', 'Lying', `${i}.png`), lying(i + 1, 1 + (i % 3)));
  }
  await writeFile(join(folder, 'lines', 'upright', 'broken.png'), upright(3, 1).subarray(0, 60));
  await writeFile(join(folder, 'lines', '.DS_Store'), 'x');
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

it('a folder of pictures is read, trained on, and left where it is', async () => {
  const id = await publishLines(stage.relay.url);
  const tab = await Tab.open(stage.browser, new URL(`/f/${id}/join`, stage.relay.url).href);
  const { page } = tab;
  await page.getByLabel('Choose a folder of pictures').setInputFiles(join(folder, 'lines'), { timeout: PATIENCE_MS });
  await tab.agree();
  const { data } = await tab.until('the first model', ({ models }) => models > 0);
  expect(data).toMatchObject({ name: 'lines', rows: 20, classCounts: [10, 10], synthetic: false });
  expect(data!.findings).toContainEqual(expect.objectContaining({ code: 'image-unreadable', count: 1, got: 'broken.png: a damaged PNG' }));
  expect(tab.errors).toEqual([]);
});

it('drawings by mouse are data too', async () => {
  const id = await publishLines(stage.relay.url);
  const tab = await Tab.open(stage.browser, new URL(`/f/${id}/join`, stage.relay.url).href);
  const { page } = tab;
  await page.getByText('Draw your own').click({ timeout: PATIENCE_MS });
  const draw = async (kind: string, [fromX, fromY, toX, toY]: readonly [number, number, number, number]) => {
    await page.getByLabel('What you draw (line)').selectOption(kind);
    const canvas = page.locator('.draw-field canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + box.width * fromX, box.y + box.height * fromY);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * toX, box.y + box.height * toY, { steps: 8 });
    await page.mouse.up();
    await page.getByRole('button', { name: `Add as ${kind}` }).click();
  };
  for (const at of [0.3, 0.5, 0.7]) {
    await draw('upright', [at, 0.1, at, 0.9]);
    await draw('lying', [0.1, at, 0.9, at]);
  }
  await page.getByRole('button', { name: 'Use these drawings' }).click();
  await page.getByRole('button', { name: 'I agree, start training' }).click({ timeout: PATIENCE_MS });
  const { data } = await tab.until('rows of drawings', (snapshot) => snapshot.data !== null);
  expect(data).toMatchObject({ name: 'drawings', rows: 6, classCounts: [3, 3] });
  expect(tab.errors).toEqual([]);
});
