/** A small legal manifest for tests: two numbers in, three classes out. */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { MANIFEST_VERSION } from '#protocol/manifest/schema';

/** The generator of P-256: a valid public key whose private key, 1, everybody knows. */
const PEER = 'A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW';

export function manifestFixture(): ManifestBody {
  return {
    t: 'manifest',
    version: MANIFEST_VERSION,
    name: 'Corners',
    description: 'Which corner of a square a point is near.',
    nonce: 'test',
    region: 'local',
    task: {
      kind: 'table',
      columns: [
        { kind: 'number', name: 'x', min: -1, max: 1 },
        { kind: 'number', name: 'y', min: -1, max: 1 },
      ],
      label: { name: 'corner', classes: ['left', 'right', 'top'] },
      picture: null,
    },
    model: { kind: 'mlp', hidden: [5], activation: 'tanh', seed: 'test' },
    privacy: {
      unit: 'example',
      epsilon: 1,
      delta: 1e-5,
      sigma: 7.5,
      clip: 0.5,
      rate: 0.25,
      rounds: 40,
      gridBits: 16,
      lot: 225,
      rowsMax: 1000,
    },
    rule: { kind: 'mean', step: 0.8, momentum: 0.7 },
    rounds: { minContributors: 1, maxContributors: 8, joinWindowMs: 100, deadlineMs: 1000, takeoverMs: 1000 },
    seats: { kind: 'home', relays: [PEER] },
    steward: PEER,
    relays: [],
    consent: 'Test only.',
    testSet: null,
    critical: [],
  };
}

/** The same with a number to answer: two numbers in, one out. A unit of its output is 5, a sixteenth of the range. */
export function numberManifestFixture(loss: 'huber' | 'squared' = 'huber'): ManifestBody {
  const body = manifestFixture();
  if (body.task.kind !== 'table') throw new Error('expected a table');
  return { ...body, name: 'Ages', task: { ...body.task, label: { name: 'age', number: { min: 0, max: 80, typical: 30, loss } } } };
}
