/** The jobs of both machines over the toy group, at once and in this thread. */
import { equalBytes } from '../../codec.ts';
import type { PeerId } from '../../identity.ts';
import type { Random } from '../../sim/random.ts';
import type { CheckJob, CheckResult, DealJob, DealResult, HeldShare, MemberEffect, Secrets, UnmaskJob, UnmaskResult } from '../effects.ts';
import { deal, type CommittedPolynomial, type Dealt, readCommitments, reconstruct, verifyShare } from '../shamir.ts';
import * as toy from './toy-ciphers.ts';

const part = (bytes: Uint8Array, i: number): Uint8Array => bytes.slice(32 * i, 32 * (i + 1));

/**
 * @param bits of the secrets; 16 in a mutant
 * @param again secrets of an earlier attempt, in a mutant
 */
export function dealJob(job: DealJob, random: Random, bits = 60, again: Secrets | null | undefined = null): DealResult {
  const { context, members, threshold, self, channel, channels } = job;
  const draw = () => toy.randomSecret(random, bits);
  const [key, seed] = again == null ? [draw(), draw()] : [toy.fromBytes(again.key), toy.fromBytes(again.seed)];
  const sharing = { threshold, size: members.length };
  const [keys, seeds] = [key, seed].map((secret) => deal(toy.TOY, secret, sharing, toy.fillFrom(random))) as [Dealt, Dealt];
  const plain = (i: number) => [keys.shares[i]!, seeds.shares[i]!] as const;
  const shares = members.flatMap((to, i) =>
    to === self ? [] : [toy.seal(channel, channels[i]!, context, self, to, toy.joined(...plain(i)))],
  );
  const [ownKey, ownSeed] = plain(members.indexOf(self));
  return {
    t: 'deal',
    secrets: { key: toy.toBytes(key), seed: toy.toBytes(seed) },
    own: { member: self, key: ownKey, seed: ownSeed },
    keys: keys.commitments,
    seeds: seeds.commitments,
    shares,
  };
}

/** Null for commitments that no secret has. */
function committed(bytes: Uint8Array, threshold: number, size: number): CommittedPolynomial<bigint> | null {
  try {
    return readCommitments(toy.TOY, bytes, { threshold, size });
  } catch {
    return null;
  }
}

export function checkJob({ context, members, threshold, self, channel, channels, deals }: CheckJob): CheckResult {
  const index = members.indexOf(self) + 1;
  const isTwin = (keys: Uint8Array) => deals.filter((other) => equalBytes(part(other.keys, 0), part(keys, 0))).length > 1;
  const shares: HeldShare[] = [];
  for (const { member, keys, seeds, share } of deals) {
    const plain = toy.open(channel, channels[members.indexOf(member)]!, context, member, self, share);
    const [ofKey, ofSeed] = [keys, seeds].map((bytes) => committed(bytes, threshold, members.length)) as [Committed, Committed];
    if (plain === null || ofKey === null || ofSeed === null || isTwin(keys)) continue;
    const [key, seed] = [part(plain, 0), part(plain, 1)];
    if (verifyShare(toy.TOY, ofKey, index, key) && verifyShare(toy.TOY, ofSeed, index, seed)) shares.push({ member, key, seed });
  }
  const complaints = deals.map(({ member }) => member).filter((member) => !shares.some((share) => share.member === member));
  return { t: 'check', shares, complaints };
}

type Committed = ReturnType<typeof committed>;

/** @param x the member's own vector; masked in place under these dealers */
export function maskInto(x: Uint32Array, self: PeerId, { context, secrets, dealers }: Extract<MemberEffect, { readonly t: 'mask' }>): void {
  toy.addTo(x, toy.selfStream(context, secrets.seed, self), 1);
  for (const { member, key } of dealers) {
    if (member !== self) toy.addTo(x, toy.pairStream(context, secrets.key, key, self, member), self < member ? 1 : -1);
  }
}

export function unmaskJob(job: UnmaskJob, vectorOf: (hash: UnmaskJob['vectors'][number]) => Uint8Array): UnmaskResult {
  const { context, members, threshold, dealers, kept, answers, vectors } = job;
  const secrets = dealers.map((dealer, i) => {
    const bytes = kept.includes(dealer.member) ? dealer.seeds : dealer.keys;
    const shares = answers.map(({ member, shares: all }) => ({ index: members.indexOf(member) + 1, share: part(all, i) }));
    return reconstruct(toy.TOY, readCommitments(toy.TOY, bytes, { threshold, size: members.length }), shares);
  });
  if (secrets.some(({ secret }) => secret === null)) {
    const bad = new Set(secrets.flatMap((one) => one.bad));
    return { t: 'bad', members: answers.map(({ member }) => member).filter((member) => bad.has(members.indexOf(member) + 1)) };
  }
  const sum = new Uint32Array(toy.WORDS);
  for (const hash of vectors) toy.addTo(sum, toy.wordsOf(vectorOf(hash)), 1);
  for (const [i, dealer] of dealers.entries()) {
    const secret = toy.toBytes(secrets[i]!.secret!);
    if (kept.includes(dealer.member)) toy.addTo(sum, toy.selfStream(context, secret, dealer.member), -1);
    else {
      for (const member of kept) {
        const theirs = dealers.find((other) => other.member === member)!;
        toy.addTo(sum, toy.pairStream(context, secret, part(theirs.keys, 0), dealer.member, member), member < dealer.member ? -1 : 1);
      }
    }
  }
  return { t: 'sum', vector: toy.bytesOf(sum) };
}
