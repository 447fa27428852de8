import { beforeAll, describe, expect, it } from 'vitest';
import { manifestFixture } from '#workers/manifest.fixture';
import { amendManifest, type AmendmentBody } from './amendment.ts';
import type { MeshError } from '../errors.ts';
import { generateKeyPair, identityOf, signBody, type Identity, type Signed } from '../identity.ts';
import { federationId, type Manifest } from './manifest.ts';
import { openManifest } from './open.ts';

const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));

describe('amendments', () => {
  let base: Manifest;
  let steward: Identity;
  const amend = (seq: number, changes: AmendmentBody['changes'], by = steward): Promise<Signed<AmendmentBody>> =>
    signBody(by, { t: 'amendment', fed: base.id, seq, changes });
  const refused = (list: readonly Signed<AmendmentBody>[]) =>
    amendManifest(base, list).then(
      () => null,
      (error: MeshError) => error.code,
    );

  beforeAll(async () => {
    steward = await newIdentity();
    base = await openManifest(await signBody(steward, { ...manifestFixture(), steward: steward.id }));
  });

  it('in order change texts and relays, and leave the federation what it is', async () => {
    const amended = await amendManifest(base, [
      await amend(1, { name: 'New', consent: 'Again?' }),
      await amend(2, { name: 'Newer', relays: ['wss://r'] }),
    ]);
    expect(amended).toEqual({ ...base.body, name: 'Newer', consent: 'Again?', relays: ['wss://r'] });
    expect(base.body.name).toBe('Corners');
    expect(await amendManifest(base, [])).toEqual(base.body);
  });

  it('out of order, twice or with a gap are stale', async () => {
    const [one, two, three] = [await amend(1, { name: 'A' }), await amend(2, { name: 'B' }), await amend(3, { name: 'C' })];
    for (const list of [[two, one], [one, one], [one, three], [two]]) expect(await refused(list)).toBe('stale');
  });

  it('of others, for others or changed after signing are refused', async () => {
    const good = await amend(1, { name: 'A' });
    expect(await refused([await amend(1, { name: 'A' }, await newIdentity())])).toBe('signature-invalid');
    expect(await refused([{ ...good, body: { ...good.body, changes: { name: 'B' } } }])).toBe('signature-invalid');
    expect(await refused([await signBody(steward, { ...good.body, fed: federationId({ ...base.body, nonce: 'x' }) })])).toBe(
      'wrong-federation',
    );
  });

  it.each([
    ['privacy', { sigma: 1.1 }],
    ['seats', {}],
    ['model', {}],
    ['name', ''],
    ['consent', 'c'.repeat(4001)],
    ['steward', 'x'],
  ])('never touch %s = %j', async (field, value) => {
    expect(await refused([await amend(1, { [field]: value } as never)])).toBe('field-invalid');
  });
});
