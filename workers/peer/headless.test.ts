import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHeadlessPeer } from './headless.ts';

it('a headless peer without a relay says which one does not answer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-headless-'));
  // Port 9 (discard) of the loopback interface: nobody listens there.
  const opening = openHeadlessPeer({ relay: 'http://127.0.0.1:9', folder, federation: 'any', data: { text: '' } });
  await expect(opening).rejects.toMatchObject({
    code: 'unreachable',
    detail: { field: 'relay', expected: 'an answer from http://127.0.0.1:9' },
  });
  await rm(folder, { recursive: true, force: true });
});
