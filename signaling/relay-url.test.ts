import { expect, test } from 'vitest';
import { relayUrl } from './relay-url.ts';

test.each([
  ['https://mesh.example', 'api/relay', 'https://mesh.example/api/relay'],
  ['https://mesh.example/', '', 'https://mesh.example/'],
  ['http://host:8710/mesh-relay/', 'api/relay', 'http://host:8710/mesh-relay/api/relay'],
  ['http://host:8710/mesh-relay', 'f/x/join', 'http://host:8710/mesh-relay/f/x/join'],
  ['https://host/a/b/?x=1#y', 'samples/a.csv', 'https://host/a/b/samples/a.csv'],
])('below %s, %j is %s', (relay, path, url) => expect(relayUrl(relay, path).href).toBe(url));
