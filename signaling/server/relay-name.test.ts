import { describe, expect, it } from 'vitest';
import { originOf, relayName } from './relay-name.ts';

describe('the name of a relay in a signed hello', () => {
  it('is the same on both ends, however the address was written', () => {
    expect(originOf('wss://Mesh.Example:443/mesh')).toBe('mesh.example');
    expect(relayName('mesh.example', '10.0.0.1', ['Mesh.Example'])).toBe('mesh.example');
    expect(originOf('ws://127.0.0.1:8710/mesh')).toBe(relayName('127.0.0.1:8710', '127.0.0.1', []));
    expect(originOf('ws://[::1]:8710/mesh')).toBe(relayName('[::1]:8710', '::1', []));
  });

  it.each([
    ['localhost:5173', '127.0.0.1'],
    ['localhost', '::1'],
    ['relay.localhost:1', '127.0.0.1'],
    ['192.0.2.7:9000', '192.0.2.7'],
    ['192.0.2.7', '::ffff:192.0.2.7'],
    ['[2001:db8::1]:80', '2001:db8:0::1'],
  ])('may be %s on a connection that arrived at %s', (header, address) => {
    expect(relayName(header, address, [])).toBe(new URL(`ws://${header}/`).host);
  });

  it.each([
    ['evil.example', '127.0.0.1'],
    ['localhost.evil.example', '127.0.0.1'],
    ['192.0.2.8', '192.0.2.7'],
    ['127.0.0.1.evil.example', '127.0.0.1'],
    ['evil.example@localhost', '127.0.0.1'],
    ['localhost/evil.example', '127.0.0.1'],
    ['', '127.0.0.1'],
    [undefined, undefined],
  ])('is never %s on a connection that arrived at %s', (header, address) => {
    expect(() => relayName(header, address, ['mesh.example'])).toThrow(/challenge-failed/);
  });
});
