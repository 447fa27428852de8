import { expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { unwrap } from '../answered.ts';
import { agreement, explained, progress, spentWords } from './peer-words.ts';
import { openFederation, until } from './session.fixture.ts';

it('the command says what it agrees to, how it goes, and in plain words why it cannot go on', { timeout: 60_000 }, async () => {
  const federation = await openFederation();
  const device = await federation.device();
  try {
    const { privacy, consent, steward, name } = federation.manifest.body;
    const peer = await device.join(privacy.epsilon);
    const said = agreement(federation.manifest, unwrap(await peer.offer(privacy.epsilon)));
    for (const part of [name, federation.manifest.id, steward, 'T 40', 'epsilon at most 1', hashBytes(new TextEncoder().encode(consent))]) {
      expect(said).toContain(part);
    }
    await until('a round', () => (device.last?.contributed ?? 0) > 0);
    expect(progress(device.last!)).toMatch(/^[a-z-]+, round \d+, \d+ models, 1 peers, epsilon 0\.\d{3} of 1, \d+ more rounds$/);
  } finally {
    await federation.close();
  }
  const spent = explained(new MeshError('budget-spent', { field: 'epsilon', expected: 'enough for one round', got: '1' }));
  expect(spent).toMatch(/used all the privacy that this project allows.* The model stays usable on its page\.\n.*--data FILE/);
  expect(explained(new MeshError('model-finished', { field: 'rounds' }))).toMatch(/This model is finished/);
  expect(explained(new MeshError('withdrawn', { field: 'federation' }))).toMatch(/^Its founder has ended this project\.\n/);
  // It has no rounds left, whatever the budget would pay for.
  expect(progress({ ...device.last!, activity: 'ended' })).toMatch(
    /^its founder has ended this project, round \d+, \d+ models, epsilon 0\.\d{3}$/,
  );
});

it('says in two lines which peer is spent and what to do, of real rows and of a sample', () => {
  for (const sample of [false, true]) {
    const said = spentWords(2, sample);
    expect(said).toMatch(/^peer 2: These rows have used all the privacy .* The model stays usable on its page\.\nTo go on/);
    expect(said.split('\n')).toHaveLength(3);
  }
  expect(spentWords(1, true)).toContain('--folder DIR');
  // Another folder would forget what real rows have spent.
  expect(spentWords(1, false)).not.toContain('--folder');
});
