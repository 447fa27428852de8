import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity } from '#protocol/identity';
import { federationId } from '#protocol/manifest/manifest';
import { findFederation } from './find-federation.ts';
import { manifestFixture } from '../manifest.fixture.ts';

let [host, stranger]: Identity[] = [];
let server: Server;
let relay: string;
/** The id of one that its steward has ended. */
let ended = '';
/** What the relay lists, in its order. */
let federations: { readonly steward: Identity; readonly nonce: string; readonly says?: string }[] = [];

/** What a list says beside that. */
const LINE = { description: '', region: 'local', unit: 'example', epsilon: 1, delta: 1e-5, rounds: 9, minContributors: 3 };
const NOW = { members: 0, round: 0, models: 0, manifest: '', demo: false };

const newIdentity = async () => identityOf(await generateKeyPair(false));
const bodyOf = (steward: Identity, nonce: string) => ({ ...manifestFixture(), steward: steward.id, nonce });
const idOf = (steward: Identity, nonce: string) => federationId(bodyOf(steward, nonce));

beforeEach(async () => {
  [host, stranger] = [await newIdentity(), await newIdentity()];
  server = createServer((request, response) => {
    const answer = async () => {
      if (request.url === '/api/relay') return JSON.stringify({ id: host!.id, region: 'local', address: null, publish: 'open' });
      if (request.url === `/api/federations/${ended}/withdrawal`) return encode({});
      const found = federations.find(({ steward, nonce }) => request.url === `/api/federations/${idOf(steward, nonce)}`);
      if (found !== undefined) return encode(await signBody(found.steward, bodyOf(found.steward, found.nonce)));
      return JSON.stringify(
        federations.map(({ steward, nonce, says = steward.id }) => ({
          ...LINE,
          ...NOW,
          id: idOf(steward, nonce),
          name: 'Corners',
          steward: says,
        })),
      );
    };
    void answer().then((body) => response.end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('a federation that is asked for by its name', () => {
  it('is the host’s own, whoever took the name before', async () => {
    federations = [
      { steward: stranger!, nonce: 'squatted' },
      { steward: host!, nonce: 'own' },
    ];
    expect((await findFederation(relay, 'corners')).id).toBe(idOf(host!, 'own'));
    expect((await findFederation(relay, idOf(stranger!, 'squatted'))).id).toBe(idOf(stranger!, 'squatted'));
  });

  it('is nobody’s where only strangers have the name, or where the host has it twice: the ids are told', async () => {
    federations = [{ steward: stranger!, nonce: 'squatted' }];
    const told = (nonce: string, by = stranger!) => ({ code: 'conflict', detail: { expected: expect.stringContaining(idOf(by, nonce)) } });
    await expect(findFederation(relay, 'Corners')).rejects.toMatchObject(told('squatted'));
    federations = [
      { steward: host!, nonce: 'one' },
      { steward: host!, nonce: 'two' },
    ];
    await expect(findFederation(relay, 'Corners')).rejects.toMatchObject(told('two', host));
    await expect(findFederation(relay, 'Others')).rejects.toMatchObject({ code: 'not-found', detail: { field: 'federation' } });
  });

  it('is refused where the list lies about whose it is', async () => {
    federations = [{ steward: stranger!, nonce: 'squatted', says: host!.id }];
    await expect(findFederation(relay, 'Corners')).rejects.toMatchObject({ code: 'conflict', detail: { field: 'federation.steward' } });
  });

  it('is told to have ended where its steward has ended it: then it is not listed', async () => {
    [federations, ended] = [[], idOf(stranger!, 'ended')];
    await expect(findFederation(relay, ended)).rejects.toMatchObject({ code: 'withdrawn' });
    await expect(findFederation(relay, idOf(stranger!, 'other'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('stops the command with the ids in its words', async () => {
    federations = [{ steward: stranger!, nonce: 'squatted' }];
    const args = ['workers/peer/peer-cli.ts', '--relay', relay, '--federation', 'Corners', '--peers', '1'];
    const said = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, args, (error, _, stderr) => resolve({ code: error?.code ?? 0, stderr }));
    });
    expect(said.code).toBe(1);
    expect(said.stderr).toContain(idOf(stranger!, 'squatted'));
  });
});
