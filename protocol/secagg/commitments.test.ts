import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import { FED, id } from '../round/core.fixture.ts';
import { Commitments, isAbsent, isPresent, type SumRoot } from './commitments.ts';
import type { CommitmentBody } from './messages.ts';

const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
const place = { fed: FED, epoch: 0, round: 3, view: 0, attempt: 1, group: 2, state: hash('state'), stateRound: 2 };
const commitmentOf = (by: PeerId): Signed<CommitmentBody> => ({
  body: {
    t: 'commitment',
    ...place,
    vector: hash(`vector of ${by}`),
    ledger: hash('ledger'),
    context: hash('context'),
    deals: hash('deals'),
    tip: hash('tip'),
  },
  by,
  sig: new Uint8Array(64).fill(by.length),
});
const sumOf = ({ senders, root }: Commitments): SumRoot => ({ group: 2, attempt: 1, senders, root });
const none: ReadonlySet<PeerId> = new Set();
const MEMBERS = Array.from({ length: 33 }, (_, i) => id(`m${String(i).padStart(2, '0')}`));
const sets = fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 1, maxLength: 32 });

describe('the root under a group sum', () => {
  it('does not depend on who came first', () => {
    fc.assert(
      fc.property(sets, (members) => {
        expect(new Commitments(members.map(commitmentOf), none).root).toBe(
          new Commitments(members.toReversed().map(commitmentOf), none).root,
        );
      }),
    );
  });

  it('shows of everybody whether they sent, in six hashes at most, and never both', () => {
    fc.assert(
      fc.property(sets, fc.constantFrom(...MEMBERS), (members, who) => {
        const all = new Commitments(members.map(commitmentOf), none);
        const sum = sumOf(all);
        const [presence, absence] = [all.presence(who), all.absence(who)];
        expect(presence !== null).toBe(members.includes(who));
        expect(absence !== null).toBe(!members.includes(who));
        expect(presence?.path.length ?? 0).toBeLessThanOrEqual(5);
        expect(presence === null ? isAbsent(sum, who, absence!) : isPresent(sum, commitmentOf(who), presence)).toBe(true);
        for (const other of presence === null ? [] : members) {
          expect(isAbsent(sum, other, { before: other < who ? presence : null, after: other > who ? presence : null })).toBe(false);
        }
      }),
    );
  });

  it('is not believed of another commitment, another sum, or a gap in which somebody stands', () => {
    const all = new Commitments(MEMBERS.slice(0, 8).map(commitmentOf), none);
    const sum = sumOf(all);
    const [first, second, third] = MEMBERS as [PeerId, PeerId, PeerId];
    const proof = all.presence(second)!;
    const mine = commitmentOf(second);
    expect(isPresent(sum, { ...mine, body: { ...mine.body, vector: hash('other') } }, proof)).toBe(false);
    expect(isPresent(sum, { ...mine, sig: new Uint8Array(64) }, proof)).toBe(false);
    expect(isPresent({ ...sum, group: 3 }, mine, proof)).toBe(false);
    expect(isPresent(sum, mine, { ...proof, sender: { ...proof.sender, kept: true } })).toBe(false);
    expect(isPresent({ ...sum, root: hash('other') }, mine, proof)).toBe(false);
    expect(isAbsent(sum, second, { before: all.presence(first), after: all.presence(third) })).toBe(false);
    expect(isAbsent(sum, second, { before: null, after: null })).toBe(false);
    expect(isAbsent(sum, id('a'), { before: null, after: all.presence(second) })).toBe(false);
    expect(isAbsent(sum, id('z'), { before: all.presence(MEMBERS[7]!), after: null })).toBe(true);
    expect(isAbsent(sum, id('z'), { before: all.presence(MEMBERS[6]!), after: null })).toBe(false);
  });
});
