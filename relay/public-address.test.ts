import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { publicAddress } from './public-address.ts';

const addressFor = (names: string, base = '/') => publicAddress(readConfig([], { MESH_NAMES: names, MESH_BASE: base }));

describe('the address for others', () => {
  it.each([
    ['relay.example', '/', 'https://relay.example/'],
    ['relay.example:8443', 'mesh-relay', 'https://relay.example:8443/mesh-relay/'],
    ['*,localhost:8710,relay.example,other.example', '/', 'https://relay.example/'],
    ['[2001:db8::1]:8443', '/', 'https://[2001:db8::1]:8443/'],
    ['127.example', '/', 'https://127.example/'],
  ])('is the first public name: %s under %s', (names, base, address) => expect(addressFor(names, base)).toBe(address));

  it.each(['', '*', 'localhost', 'localhost:8710', 'relay.localhost', '127.0.0.1:8710', '127.1', '[::1]:8710', 'relay.example:99999'])(
    'is unknown where only this computer has it: %j',
    (names) => expect(addressFor(names)).toBeNull(),
  );
});
