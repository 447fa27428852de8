import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode, encode } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { generateKeyPair, identityOf, signBody, type Identity } from '../identity.ts';
import { CONTRIBUTORS_MAX, MANIFEST_BYTES_MAX } from '../limits.ts';
import { federationId, networkOf, updateNormMax, type ManifestBody } from './manifest.ts';
import { openManifest, parseManifestBody } from './open.ts';
import { MANIFEST_VERSION } from './schema.ts';
import { inputWidth } from './task.ts';

const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));
let steward: Identity;
let ids: Identity[];

beforeAll(async () => {
  steward = await newIdentity();
  ids = await Promise.all(Array.from({ length: 7 }, newIdentity));
});

function manifest(): ManifestBody {
  return {
    t: 'manifest',
    version: MANIFEST_VERSION,
    name: 'N',
    description: 'D',
    nonce: 'n',
    region: 'local',
    task: {
      kind: 'table',
      columns: [
        { kind: 'number', name: 'a', min: 0, max: 1 },
        { kind: 'category', name: 'b', values: ['x', 'y', 'z'] },
      ],
      label: { name: 'c', classes: ['no', 'yes'] },
      picture: null,
    },
    model: { kind: 'mlp', hidden: [3], activation: 'relu', seed: 's' },
    privacy: { unit: 'example', epsilon: 1, delta: 1e-5, sigma: 5, clip: 0.5, rate: 0.25, rounds: 10, gridBits: 16, lot: 20, rowsMax: 100 },
    rule: { kind: 'mean', step: 0.5, momentum: 0.9 },
    rounds: { minContributors: 2, maxContributors: 4, joinWindowMs: 100, deadlineMs: 1000, takeoverMs: 500 },
    seats: { kind: 'home', relays: [ids[0]!.id] },
    steward: steward.id,
    relays: [],
    consent: 'Yes.',
    testSet: null,
    critical: [],
  };
}

/** The body with one place changed; undefined takes the field away. */
function changed(path: string, value: unknown): unknown {
  const body = structuredClone(manifest()) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  let at = body;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return body;
}

function refusal(run: () => unknown): { code: string; field: string | undefined } | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof MeshError) return { code: error.code, field: error.detail.field };
    throw error;
  }
}

async function openRefusal(input: unknown): Promise<string | null> {
  return openManifest(input).then(
    () => null,
    (error: unknown) => (error instanceof MeshError ? error.code : `no MeshError: ${String(error)}`),
  );
}

describe('a manifest body', () => {
  it('that keeps every rule is taken as it is', () => {
    expect(parseManifestBody(manifest())).toEqual(manifest());
    expect(networkOf(manifest()).tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['layer1.weight', [4, 3]],
      ['layer1.bias', [3]],
      ['layer2.weight', [3, 2]],
      ['layer2.bias', [2]],
    ]);
    expect(inputWidth(manifest().task)).toBe(4);
  });

  const SHAPE: [string, unknown][] = [
    ['t', 'record'],
    ['name', ''],
    ['name', 'n'.repeat(81)],
    ['name', 7],
    ['description', 'd'.repeat(601)],
    ['nonce', ''],
    ['region', 'r'.repeat(33)],
    ['consent', ''],
    ['consent', 'c'.repeat(4001)],
    ['steward', 'x'],
    ['steward', '+'.repeat(44)],
    ['relays', Array.from({ length: 9 }, () => 'wss://x')],
    ['relays.0', ''],
    ['task.kind', 'audio'],
    ['task.columns', []],
    ['task.columns.0.kind', 'moment'],
    ['task.columns.0.name', 'n'.repeat(65)],
    ['task.columns.0.min', NaN],
    ['task.columns.0.max', Infinity],
    ['task.columns.1.values', ['x']],
    ['task.label.classes', ['only']],
    ['task.picture', { width: 0, height: 4 }],
    ['model.kind', 'cnn'],
    ['model.hidden', [0]],
    ['model.hidden', [1.5]],
    ['model.hidden', [1, 1, 1, 1, 1]],
    ['model.activation', 'gelu'],
    ['model.seed', ''],
    ['privacy.unit', 'none'],
    ['privacy.epsilon', 0],
    ['privacy.epsilon', NaN],
    ['privacy.delta', 0],
    ['privacy.delta', -1],
    ['privacy.sigma', -1],
    ['privacy.sigma', Infinity],
    ['privacy.clip', 0],
    ['privacy.rate', 0],
    ['privacy.rate', 1.01],
    ['privacy.rounds', 0],
    ['privacy.gridBits', 7],
    ['privacy.gridBits', 21],
    ['privacy.lot', 0],
    ['privacy.rowsMax', 30_001],
    ['rule.kind', 'median'],
    ['rule.step', 0],
    ['rule.momentum', 1],
    ['rule.optimizer', { kind: 'lion' }],
    ['rule.optimizer', { kind: 'adam', beta1: 1, beta2: 0.99, epsilon: 1e-8 }],
    ['rule.optimizer', { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 0 }],
    ['rule.optimizer', { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, dpBias: false }],
    ['rule.schedule', { kind: 'exponential' }],
    ['rule.schedule', { kind: 'linear', floor: 2 }],
    ['privacy.perLayer', false],
    ['privacy.adaptive', { quantile: 1, rate: 0.2, share: 0.1 }],
    ['privacy.adaptive', { quantile: 0.5, rate: 0.2, share: 0.6 }],
    ['rounds.minContributors', 0],
    ['rounds.maxContributors', CONTRIBUTORS_MAX + 1],
    ['rounds.joinWindowMs', 1],
    ['rounds.deadlineMs', 1],
    ['rounds.deadlineMs', 86_400_001],
    ['rounds.takeoverMs', 1],
    ['seats.kind', 'nobody'],
    ['seats.relays', []],
    ['testSet', { hash: 'x', bytes: 1, rows: 1, synthetic: false }],
    ['critical.0', ''],
    ['extra', 1],
    ['privacy.extra', 1],
  ];
  it.each(SHAPE)('is refused by field: %s = %j', (path, value) => {
    const seen = refusal(() => parseManifestBody(changed(path, value)));
    expect(seen?.code).toBe('field-invalid');
    // An unknown field is named by the map that holds it.
    const named = path.endsWith('extra') ? path.replace(/\.?extra$/, '') || 'manifest' : path;
    expect(seen?.field).toMatch(new RegExp(`^${named.replaceAll('.', '\\.')}`));
  });

  it('is refused without any one of its fields', () => {
    const walk = (at: unknown, path: string): string[] =>
      typeof at !== 'object' || at === null || Array.isArray(at)
        ? []
        : Object.keys(at).flatMap((k) => [path + k, ...walk((at as Record<string, unknown>)[k], `${path}${k}.`)]);
    for (const path of walk(manifest(), ''))
      expect(
        refusal(() => parseManifestBody(changed(path, undefined))),
        path,
      ).not.toBeNull();
  });

  it('is refused by rules across fields, naming the field', () => {
    const [a, b] = [ids[0]!.id, ids[1]!.id];
    const cases: [string, unknown, string][] = [
      [
        'task.columns',
        [
          { kind: 'number', name: 'a', min: 0, max: 1 },
          { kind: 'number', name: 'A', min: 0, max: 1 },
        ],
        'task.columns',
      ],
      ['task.label.name', 'B', 'task.columns'],
      ['task.columns.0.min', 1, 'task.columns.0'],
      ['task.columns.0.min', 2, 'task.columns.0'],
      ['task.columns.1.values', ['x', 'x'], 'task.columns.1.values'],
      ['task.label.classes', ['a', 'a'], 'task.label.classes'],
      ['task.picture', { width: 3, height: 1 }, 'task.picture'],
      ['model.hidden', [1024, 1024], 'model.hidden'],
      ['seats.relays', ['A'.repeat(44)], 'seats'],
      ['steward', 'A'.repeat(44), 'seats'],
      ['seats.relays', [a, b], 'seats.relays'],
      ['seats.relays', [a, b, a], 'seats'],
      ['seats', { kind: 'members', ids: ids.slice(0, 3).map((i) => i.id), f: 1 }, 'seats.f'],
      ['seats', { kind: 'members', ids: ids.slice(0, 6).map((i) => i.id), f: 2 }, 'seats.f'],
      ['rounds.minContributors', 5, 'rounds.minContributors'],
      ['privacy.rowsMax', 30_000, 'privacy.gridBits'],
    ];
    for (const [path, value, field] of cases) {
      const body =
        path === 'privacy.rowsMax'
          ? { ...(changed(path, value) as ManifestBody), privacy: { ...manifest().privacy, rowsMax: 30_000, gridBits: 17 } }
          : changed(path, value);
      expect(
        refusal(() => parseManifestBody(body)),
        `${path} ${JSON.stringify(value)}`,
      ).toEqual({ code: 'field-invalid', field });
    }
    expect(refusal(() => parseManifestBody(changed('seats', { kind: 'members', ids: ids.slice(0, 4).map((i) => i.id), f: 1 })))).toBeNull();
  });

  it('with a critical extension that this build does not know is refused, whatever else it says', () => {
    expect(refusal(() => parseManifestBody(changed('critical', ['attestation'])))).toEqual({
      code: 'extension-unknown',
      field: 'critical',
    });
  });

  it('of 30 kB of texts fits, and one above 64 kB does not', () => {
    const columns = (n: number, size: number) =>
      Array.from({ length: n }, (_, i) => ({ kind: 'number', name: String(i).padEnd(size, 'ü'), min: 0, max: 1 }));
    const long = changed('task.columns', columns(400, 35)) as ManifestBody;
    expect(encode(long).length).toBeGreaterThan(30_000);
    expect(encode(parseManifestBody(long)).length).toBeLessThan(MANIFEST_BYTES_MAX);
    expect(refusal(() => parseManifestBody(changed('task.columns', columns(900, 60))))).toEqual({
      code: 'field-invalid',
      field: 'manifest',
    });
  });

  it('whose text has no encoding is refused, not signed as another text', () => {
    expect(refusal(() => parseManifestBody(changed('consent', 'a\ud800')))?.code).toBe('field-invalid');
  });
});

describe('a signed manifest', () => {
  it('is opened from its bytes, and its hash names the federation', async () => {
    const signed = await signBody(steward, manifest());
    const opened = await openManifest(decode(encode(signed)));
    expect(opened.body).toEqual(manifest());
    expect(opened.id).toBe(federationId(manifest()));
    expect(federationId({ ...manifest(), nonce: 'other' })).not.toBe(opened.id);
  });

  it('is refused when anything but the steward signed it, or anything was changed after', async () => {
    const signed = await signBody(steward, manifest());
    const other = await signBody(ids[1]!, manifest());
    expect(await openRefusal(other)).toBe('signature-invalid');
    expect(await openRefusal({ ...other, by: steward.id })).toBe('signature-invalid');
    expect(await openRefusal({ ...signed, body: { ...signed.body, name: 'Other' } })).toBe('signature-invalid');
    expect(await openRefusal({ ...signed, body: { ...signed.body, steward: ids[1]!.id } })).toBe('signature-invalid');
    expect(await openRefusal({ ...signed, sig: signed.sig.map((b, i) => (i === 9 ? b ^ 1 : b)) })).toBe('signature-invalid');
    expect(await openRefusal({ body: signed.body, by: signed.by })).toBe('signature-invalid');
    expect(await openRefusal({ ...signed, by: 7 })).toBe('signature-invalid');
    expect(await openRefusal({ ...signed, by: 'x' })).toBe('field-invalid');
  });

  it('of another version is refused by its version, before anything else', async () => {
    for (const version of [0, 1, 3, '2', null, undefined, { a: 1 }]) {
      expect(await openRefusal({ body: { ...manifest(), version, unheard: 'of' } })).toBe('manifest-version');
    }
  });

  it('that is garbage is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (input) => {
        expect(await openRefusal(input)).toBe('manifest-version');
        expect(await openRefusal({ body: input })).toBe('manifest-version');
      }),
    );
  });
});

describe('the bound of an update', () => {
  it('is that of the largest likely lot of clipped examples and the noise, in grid steps', () => {
    // d = (4 + 1) * 3 + (3 + 1) * 2 = 23; of 100 rows at rate 1/4 a lot has at most 57.
    expect(updateNormMax(manifest())).toBeCloseTo(65536 * (57 + 5 * (Math.sqrt(23) + 6)), 3);
  });

  it('leaves a liar less than one hundredth of what all rows at once would', () => {
    const { privacy } = manifest();
    const wide = { ...manifest(), privacy: { ...privacy, gridBits: 8, rowsMax: 30_000, rate: 0.005, sigma: 1.2, rounds: 1, epsilon: 8 } };
    expect(updateNormMax(parseManifestBody(wide)) / 2 ** 8).toBeLessThan(300);
  });
});
