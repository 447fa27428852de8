/** A practice's data for its screen, with real threads: the participants, and how good each would be alone. */
import { createRoot } from 'solid-js';
import { afterEach, expect, test, vi } from 'vitest';
import { openManifest } from '#protocol/manifest/open';
import { decode } from '#protocol/codec';
import type { TableTask } from '#protocol/manifest/task';
import { relayFetch, testFederation } from '../../testing/federation.ts';
import { usePractice } from './practice.ts';

const WEATHER: TableTask = {
  kind: 'table',
  columns: [{ kind: 'number', name: 'pressure', min: 950, max: 1050 }],
  label: { name: 'umbrella', classes: ['no', 'yes'] },
  picture: null,
};

/** Threads first load their modules and compute their budgets. */
const PATIENCE = { timeout: 180_000 };

afterEach(() => void vi.unstubAllGlobals());

test('everybody is known by their key, and is compared with the model of their own rows once there is one together', PATIENCE, async () => {
  vi.stubGlobal('fetch', relayFetch({})); // no samples: rows are made up
  const model = { kind: 'mlp' as const, hidden: [4], activation: 'tanh' as const, seed: 'small' };
  const { bytes } = await testFederation({ task: WEATHER, model, testSet: null });
  const like = await openManifest(decode(bytes));
  await createRoot(async (dispose) => {
    const practice = usePractice();
    practice.start(like, 1);
    expect(practice.alone()).toEqual([null, null]);
    await vi.waitFor(() => expect(practice.state()).toBe('running'), PATIENCE);
    const { seat, members } = practice.founded()!;
    await vi.waitFor(() => expect(practice.snapshots().map((one) => one?.self)).toEqual(members), PATIENCE);
    expect(practice.snapshots()[0]!.peers.find(({ relay }) => relay)?.peer).toBe(seat);
    await vi.waitFor(() => expect(practice.alone()).toEqual([expect.any(Number), expect.any(Number)]), PATIENCE);
    expect(Math.max(...practice.snapshots().map((one) => one!.made))).toBeGreaterThan(0);
    dispose();
  });
});
