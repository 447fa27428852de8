import { connect } from 'node:net';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { decode, encode, taggedBytes, toBase64Url } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import { DATA_FILE_BYTES_MAX, SIGNAL_FRAME_BYTES_MAX } from '#protocol/limits';
import { federationId, type ManifestBody, type SignedManifest } from '#protocol/manifest/manifest';
import type { HelloProof, ServerMessage } from '#protocol/wire';
import { builtinManifest } from './publish.ts';
import { openStage, relayErrors, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const FEDERATION = 'Handwritten digits';

let stage: Stage;
let folder: string;
let manifest: ManifestBody;
let sample: string[];
beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'mesh-files-'));
  manifest = await builtinManifest(stage.relay.url, FEDERATION);
  sample = (await sampleCsv(1)).text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
});
afterAll(async () => {
  await stage?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const relayLives = async () => expect((await fetch(new URL('/readyz', stage.relay.url))).status).toBe(200);

describe('a file that is no data', () => {
  const cell = (line: string, at: number, text: string) => line.split(',').with(at, text).join(',');
  const files = (): readonly (readonly [name: string, content: string | Buffer, code: string, shown: readonly RegExp[]])[] => {
    const [header = '', ...rows] = sample;
    return [
      [
        'no-label.csv',
        [header, ...rows].map((line) => line.split(',').slice(0, 64).join(',')).join('\n'),
        'column-missing',
        [/digit/, /Row 1/],
      ],
      ['words.csv', [header, ...rows.map((line) => cell(line, 5, 'dark'))].join('\n'), 'value-type', [/Row 2/, /p5/, /a number/, /dark/]],
      [
        'unknown-class.csv',
        [header, ...rows.map((line) => cell(line, 64, 'seven'))].join('\n'),
        'label-unknown',
        [/Row 2/, /digit/, /seven/],
      ],
      ['short-rows.csv', [header, ...rows.map((line) => line.slice(0, 20))].join('\n'), 'column-count', [/Row 2/, /65 columns/]],
      ['header-only.csv', `${header}\n`, 'rows-too-few', [/at least one row/]],
      ['empty.csv', '', 'file-empty', [/empty/i]],
      ['picture.csv', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 151 + (i >> 3)) & 0xff)), 'file-binary', [/text/]],
    ];
  };

  it('is refused in the page with its field and row, and the page stays usable', async () => {
    const tab = await Tab.open(stage.browser, stage.relay.url);
    const { page } = tab;
    await page.getByRole('link', { name: `Join ${FEDERATION}` }).click();
    const input = page.getByLabel('Choose a CSV file');
    const alert = page.getByRole('alert');
    const refused = async (code: string, shown: readonly RegExp[]) => {
      await alert.filter({ hasText: code }).waitFor();
      const text = await alert.innerText();
      for (const pattern of shown) expect(text, code).toMatch(pattern);
      expect(await input.getAttribute('aria-invalid')).toBe('true');
      expect(await input.isEnabled()).toBe(true);
      expect(await page.getByRole('button', { name: 'I agree, start training' }).count()).toBe(0);
    };
    for (const [name, content, code, shown] of files()) {
      await input.setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content as string) });
      await refused(code, shown);
    }
    // Sparse: 600 MB without disk space, but too much for a page that reads it whole.
    const huge = join(folder, 'huge.csv');
    const handle = await open(huge, 'w');
    await handle.truncate(600_000_000);
    await handle.close();
    await input.setInputFiles(huge);
    await refused('file-too-large', [new RegExp(`${DATA_FILE_BYTES_MAX}|MB`)]);

    // One bad row among good ones is left out by name, and the earlier error is cleared.
    const [header = '', first = '', ...rest] = sample;
    await input.setInputFiles({
      name: 'mended.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from([header, cell(first, 0, '?'), ...rest].join('\n')),
    });
    await page.getByText('1 row: column “p0” is empty; expected a number. Row 2.').waitFor();
    expect(await alert.count()).toBe(0);
    await tab.agree();
    await tab.until(
      'it waits for others',
      (s) => s.activity === 'gathering' && s.data?.name === 'mended.csv' && s.data.rows === rest.length,
    );
    expect(tab.errors).toEqual([]);
    await tab.context.close();
  });
});

describe('a manifest that no device should run', () => {
  const publish = async (signed: unknown) => {
    const response = await fetch(new URL('/api/federations', stage.relay.url), {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: encode(signed),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      reply: (await response.json()) as { code?: string; field?: string },
    };
  };

  it('is refused as JSON with a code and a field', async () => {
    const steward = await identityOf(await generateKeyPair(false));
    const body = { ...manifest, nonce: crypto.randomUUID(), steward: steward.id };
    const signed: SignedManifest = await signBody(steward, body);
    const sig = signed.sig.slice();
    sig[10]! ^= 1;
    const cases: [unknown, number, string, string][] = [
      [await signBody(steward, { ...body, version: 3 }), 422, 'manifest-version', 'version'],
      [{ ...signed, sig }, 401, 'signature-invalid', 'sig'],
      [{ ...signed, body: { ...body, name: 'Another name' } }, 401, 'signature-invalid', 'sig'],
      [await signBody(steward, { ...body, privacy: { ...body.privacy, sigma: 0 } }), 422, 'manifest-unsafe', 'privacy.sigma'],
      [await signBody(steward, { ...body, privacy: { ...body.privacy, epsilon: 50 } }), 422, 'manifest-unsafe', 'privacy.epsilon'],
      [await signBody(steward, { ...body, critical: ['from-the-future'] }), 422, 'extension-unknown', 'critical'],
    ];
    for (const [input, status, code, field] of cases) {
      expect(await publish(input)).toMatchObject({
        status,
        type: expect.stringContaining('application/json') as string,
        reply: { code, field },
      });
    }
    expect((await publish(signed)).status).toBe(201);
    const answer = await fetch(new URL(`/api/federations/${federationId(body)}`, stage.relay.url));
    expect((decode(new Uint8Array(await answer.arrayBuffer())) as SignedManifest).body).toEqual(body);
  });
});

describe('strangers at the relay’s socket', () => {
  interface Stranger {
    readonly socket: WebSocket;
    readonly nonce: string;
    /** The next control message, or the close. */
    next(): Promise<ServerMessage | { t: 'closed'; code: number }>;
  }

  async function stranger(): Promise<Stranger> {
    const socket = new WebSocket(new URL('/mesh', stage.relay.url.replace('http', 'ws')));
    const heard: (ServerMessage | { t: 'closed'; code: number })[] = [];
    let wake = () => {};
    const note = (message: (typeof heard)[number]) => {
      heard.push(message);
      wake();
    };
    socket.on('message', (data: Buffer, binary) => (binary ? undefined : note(JSON.parse(data.toString()) as ServerMessage)));
    socket.on('close', (code) => note({ t: 'closed', code }));
    socket.on('error', () => {});
    const next = async () => {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return heard.shift()!;
    };
    const challenge = await next();
    if (challenge.t !== 'challenge') throw new Error(`expected a challenge, got ${challenge.t}`);
    return { socket, nonce: challenge.nonce, next };
  }

  async function hello(identity: Identity, nonce: string): Promise<string> {
    const room = federationId(manifest);
    const proof: HelloProof = { t: 'hello', nonce, room, origin: new URL(stage.relay.url).host };
    const sig = toBase64Url(await identity.sign(taggedBytes('hello', proof)));
    return JSON.stringify({ t: 'hello', versions: [2, 2], features: [], room, id: identity.id, sig, resume: null });
  }

  async function expectRefused(who: Stranger, code: string, close: number): Promise<void> {
    expect(await who.next()).toMatchObject({ t: 'refused', code });
    expect(await who.next()).toEqual({ t: 'closed', code: close });
  }

  it('are refused with a reason, and the relay goes on', async () => {
    const garbage = await stranger();
    garbage.socket.send('{"t":"hel');
    await expectRefused(garbage, 'frame-malformed', 4400);

    const unknown = await stranger();
    unknown.socket.send('{"t":"shutdown"}');
    await expectRefused(unknown, 'field-invalid', 4422);

    const early = await stranger();
    early.socket.send(new Uint8Array(200));
    await expectRefused(early, 'frame-unexpected', 4401);

    const large = await stranger();
    large.socket.send('x'.repeat(SIGNAL_FRAME_BYTES_MAX + 1));
    expect(await large.next()).toEqual({ t: 'closed', code: 1009 });

    const raw = connect(Number(new URL(stage.relay.url).port), '127.0.0.1');
    raw.on('error', () => {});
    raw.write(Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 37) & 0xff)));
    raw.resume();
    await new Promise((resolve) => raw.once('close', resolve));
    await relayLives();
  });

  it('cannot enter with a greeting that they overheard', async () => {
    const identity = await identityOf(await generateKeyPair(false));
    const honest = await stranger();
    const overheard = await hello(identity, honest.nonce);
    honest.socket.send(overheard);
    expect(await honest.next()).toMatchObject({ t: 'welcome' });
    const thief = await stranger();
    thief.socket.send(overheard);
    await expectRefused(thief, 'challenge-failed', 4403);
    honest.socket.send('{"t":"ping"}');
    let answer = await honest.next();
    while (answer.t === 'peer-joined' || answer.t === 'peer-left') answer = await honest.next();
    expect(answer).toEqual({ t: 'pong' });
    honest.socket.close(1000);
    await relayLives();
    expect(relayErrors(stage.relay.log)).toEqual([]);
  });
});
