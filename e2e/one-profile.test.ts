import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { publishDigits } from './publish.ts';
import { openStage, relayErrors, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const NAME = 'One profile';

let stage: Stage;
let folder: string;
let partner: HeadlessPeer;
beforeAll(async () => {
  stage = await openStage();
  const federation = await publishDigits(stage.relay.url, NAME, 600, { minContributors: 2, joinWindowMs: 300, takeoverMs: 3000 });
  folder = await mkdtemp(join(tmpdir(), 'mesh-partner-'));
  partner = await openHeadlessPeer({ relay: stage.relay.url, folder, federation, data: { sample: 'digits-2.csv' } });
});
afterAll(async () => {
  await partner?.close();
  await stage?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe('two tabs of one browser profile', () => {
  it('are one participant: the second mirrors, read-only, and takes over with the same budget when the first closes', async () => {
    const context = await stage.browser.newContext();
    const first = await Tab.inContext(context, stage.relay.url);
    await first.join(NAME, await sampleCsv(1));
    const working = await first.until('two rounds', (s) => s.contributed >= 2);

    const second = await Tab.inContext(context, new URL(`/f/${working.federation}`, stage.relay.url).href);
    await second.page.getByText('Another tab of this browser is at work').waitFor();
    await second.page.getByRole('meter').waitFor();
    for (const name of ['Pause', 'Finish and leave', 'Leave now', 'Download the model', 'Delete']) {
      expect(await second.page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
    }
    const mirrored = await second.until('it shows the same peer', (s) => s.self === working.self && s.budget.spent > 0);
    // The relay knows one participant here, not two.
    expect(mirrored.peers.length).toBe(2);

    const last = (await first.snapshot())!;
    await first.page.close();
    const taken = await second.until('it contributes', (s) => s.contributed > last.contributed && s.peers.length === 2);
    expect(taken.self).toBe(working.self);
    expect(taken.budget.spent).toBeGreaterThanOrEqual(last.budget.spent);
    expect(taken.data?.name).toBe('digits-1.csv');
    await second.page.getByLabel('More actions').waitFor();
    await second.page.getByText('Another tab of this browser is at work').waitFor({ state: 'detached' });
    expect([...first.errors, ...second.errors]).toEqual([]);
    expect(relayErrors(stage.relay.log)).toEqual([]);
  });
});
