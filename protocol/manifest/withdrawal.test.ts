import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { manifestFixture } from '#workers/manifest.fixture';
import { hashBytes } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { generateKeyPair, identityOf, signBody, type Identity } from '../identity.ts';
import type { Manifest } from './manifest.ts';
import { openManifest } from './open.ts';
import { openWithdrawal, type Withdrawal } from './withdrawal.ts';

const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));

describe('a withdrawal', () => {
  let steward: Identity;
  let manifest: Manifest;
  let withdrawal: Withdrawal;
  beforeAll(async () => {
    steward = await newIdentity();
    manifest = await openManifest(await signBody(steward, { ...manifestFixture(), steward: steward.id }));
    withdrawal = await signBody(steward, { t: 'withdraw', fed: manifest.id });
  });
  const codeOf = (input: unknown) =>
    openWithdrawal(input, manifest).then(
      () => 'opened',
      (error: unknown) => (error instanceof MeshError ? error.code : String(error)),
    );

  it('is the steward’s, of this federation, and nothing else', async () => {
    expect(await openWithdrawal({ ...withdrawal }, manifest)).toEqual(withdrawal);
    expect(await codeOf(await signBody(await newIdentity(), withdrawal.body))).toBe('signature-invalid');
    expect(await codeOf({ ...withdrawal, sig: new Uint8Array(64) })).toBe('signature-invalid');
    expect(await codeOf(await signBody(steward, { t: 'withdraw', fed: hashBytes(new Uint8Array(1)) }))).toBe('wrong-federation');
    // The signature of another kind of statement about the same federation.
    expect(await codeOf({ ...withdrawal, sig: (await signBody(steward, { t: 'done', fed: manifest.id })).sig })).toBe('signature-invalid');
    expect(await codeOf({ ...withdrawal, more: 1 })).toBe('field-invalid');
    expect(await codeOf(await signBody(steward, { ...withdrawal.body, more: 1 }))).toBe('field-invalid');
  });

  it('is refused with a code, whatever somebody sends for one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (input) => {
        expect(['field-invalid', 'signature-invalid']).toContain(await codeOf(input));
      }),
      { numRuns: 200 },
    );
    const field = fc.constantFrom('t', 'fed', 'by', 'sig');
    await fc.assert(
      fc.asyncProperty(field, fc.anything(), async (name, value) => {
        const changed =
          name === 't' || name === 'fed'
            ? { ...withdrawal, body: { ...withdrawal.body, [name]: value } }
            : { ...withdrawal, [name]: value };
        expect(await codeOf(changed)).not.toBe('opened');
      }),
      { numRuns: 100 },
    );
  });
});
