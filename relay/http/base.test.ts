import { expect, test } from 'vitest';
import { withoutBase } from './base.ts';

test.each([
  ['/', '/api/relay?x=1', '/api/relay?x=1'],
  ['/mesh-relay/', '/mesh-relay/api/relay?x=1', '/api/relay?x=1'],
  ['/mesh-relay/', '/mesh-relay/', '/'],
  ['/mesh-relay/', '/mesh-relay', '/'],
  ['/mesh-relay/', '/mesh-relay?x', '/?x'],
  ['/mesh-relay/', '/api/relay', '/api/relay'],
  ['/mesh-relay/', '/mesh-relays/api', '/mesh-relays/api'],
  ['/a/b/', '/a/b//c', '//c'],
])('under %s, %s means %s', (base, url, path) => expect(withoutBase(base, url)).toBe(path));
