/** Links for others: from this page's address, or from the public address that its relay reports. */
import { afterEach, expect, test, vi } from 'vitest';
import { relayFetch } from '../testing/federation.ts';
import { RELAY } from '../testing/fake-founding.ts';
import { linkForOthers } from './share-address.ts';

afterEach(() => vi.unstubAllGlobals());

/** A relay that reports this address, and counts requests. */
function relayAt(address: unknown): () => number {
  let asked = 0;
  vi.stubGlobal('fetch', relayFetch({ '/api/relay': () => (asked++, Response.json({ ...RELAY, publish: 'open', address })) }));
  return () => asked;
}

const HOME = 'http://localhost:8710/';

test.each(['https://relay.example/', 'https://relay.example:8443/mesh-relay/'])(
  'a page at %s is reached by others as it is',
  async (served) => {
    const asked = relayAt('https://another.example/');
    expect(await linkForOthers(`${served}f/id/join`, served)).toEqual({ url: `${served}f/id/join`, alone: false });
    expect(asked()).toBe(0);
  },
);

test.each(['http://localhost:8710/', 'http://127.0.0.1:8710/x/', 'http://127.8.9.1/', 'http://[::1]:8710/', 'http://mesh.localhost:1/'])(
  'a page at %s is for its own device alone, unless its relay has another address',
  async (served) => {
    relayAt(null);
    expect(await linkForOthers(`${served}f/id/join`, served)).toEqual({ url: `${served}f/id/join`, alone: true });
    relayAt('https://relay.example/mesh-relay/');
    expect(await linkForOthers(`${served}f/id/join`, served)).toEqual({ url: 'https://relay.example/mesh-relay/f/id/join', alone: false });
  },
);

test.each([
  undefined,
  5,
  '',
  'relay.example',
  'http://relay.example/',
  'https://relay.example/mesh',
  'https://me:secret@relay.example/',
  'https://relay.example/?to=/',
  'javascript:alert(1)/',
])('an address that is none is not taken: %j', async (address) => {
  relayAt(address);
  expect(await linkForOthers(`${HOME}f/id/join`, HOME)).toEqual({ url: `${HOME}f/id/join`, alone: true });
});

test('a relay that does not answer leaves the link to this device', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
  expect(await linkForOthers(`${HOME}f/id/join`, HOME)).toEqual({ url: `${HOME}f/id/join`, alone: true });
});
