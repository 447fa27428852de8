import { expect, test } from 'vitest';
import { isOwnDevice, relayUrl } from './relay-url.ts';

test.each([
  ['https://mesh.example', 'api/relay', 'https://mesh.example/api/relay'],
  ['https://mesh.example/', '', 'https://mesh.example/'],
  ['http://host:8710/mesh-relay/', 'api/relay', 'http://host:8710/mesh-relay/api/relay'],
  ['http://host:8710/mesh-relay', 'f/x/join', 'http://host:8710/mesh-relay/f/x/join'],
  ['https://host/a/b/?x=1#y', 'samples/a.csv', 'https://host/a/b/samples/a.csv'],
])('below %s, %j is %s', (relay, path, url) => expect(relayUrl(relay, path).href).toBe(url));

test.each(['localhost', 'mesh.localhost', '127.0.0.1', '127.9.9.9', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]'])(
  '%s is this device alone',
  (host) => expect(isOwnDevice(new URL(`http://${host}:8710/`))).toBe(true),
);

test.each(['mesh.example', '192.168.1.7', 'localhost.example', '[fe80::1]', '[::ffff:192.168.1.7]'])('%s may be open to others', (host) =>
  expect(isOwnDevice(new URL(`http://${host}/`))).toBe(false),
);
