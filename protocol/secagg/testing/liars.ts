/**
 * Games of an honest leader against c lying members: bad shares, false complaints, two commitments, shares that do not fit, silence. The sum
 * must be exact, of at least t members, and nobody honest may be named.
 */
import { hashBytes, toBase64Url, type Hash } from '../../codec.ts';
import { leafHash, merkleRoot } from '../../merkle.ts';
import type { PeerId } from '../../identity.ts';
import { seeded, type Random } from '../../sim/random.ts';
import type { FromMember } from '../messages.ts';
import type { Verdict } from './judge.ts';
import { Mesh, namesOf, type Group } from './mesh.ts';
import { sign, type Mail } from './shells.ts';
import * as toy from './toy-ciphers.ts';

export interface LiarsOutcome {
  readonly violations: readonly Verdict[];
  readonly named: number;
  readonly isSummed: boolean;
}

/** Large enough that 2c may sit out: g - 2c >= t. */
const GROUPS: readonly Group[] = [
  { size: 6, colluders: 1, honest: 3 },
  { size: 8, colluders: 1, honest: 4 },
  { size: 12, colluders: 2, honest: 6 },
];

export function playLiars(seed: number): LiarsOutcome {
  const random = seeded(seed);
  const group = random.pick(GROUPS);
  const liars = new Set(random.shuffle(namesOf(group.size)).slice(0, group.colluders));
  const mesh = new Mesh(group, seed);
  mesh.tampers = (mail) => (liars.has(mail.from) ? lie(mesh, mail, random) : [mail]);
  mesh.run();
  const { events } = mesh.carrier;
  const named = events.flatMap((event): PeerId[] => (event.t === 'equivocated' ? event.bodies.map(({ by }) => by) : []));
  const misfits = [...mesh.carrier.state.misfits];
  const { sums } = mesh;
  const violations: Verdict[] = [];
  if ([...named, ...misfits].some((member) => !liars.has(member))) violations.push({ oracle: 'honest-named', detail: 'an honest member' });
  if (sums !== null && sums.found.join() !== sums.expected.join()) violations.push({ oracle: 'exact', detail: 'another sum' });
  if (sums !== null && sums.members.length < mesh.attempt.terms.threshold) violations.push({ oracle: 'below-t', detail: 'a small sum' });
  // Liars cost at most themselves and one honest member each.
  if (sums === null || sums.members.length < group.size - 2 * group.colluders) violations.push({ oracle: 'live', detail: 'too few left' });
  return { violations, named: new Set([...named, ...misfits]).size, isSummed: sums !== null };
}

function lie(mesh: Mesh, mail: Mail, random: Random): readonly Mail[] {
  if (random.chance(0.4)) return [mail];
  if (random.chance(0.1)) return [];
  const message = mail.message as FromMember;
  const by = mail.from;
  switch (message.t) {
    case 'deal': {
      const shares = message.shares.map((share) => (random.chance(0.5) ? share.map((byte) => byte ^ 1) : share));
      const sealed = toBase64Url(merkleRoot(shares.map(leafHash))) as Hash;
      return [{ ...mail, message: { ...message, shares, signed: sign({ ...message.signed.body, sealed }, by) } }];
    }
    case 'ready': {
      const complaints = random.shuffle(mesh.attempt.terms.members).slice(0, random.between(0, 4));
      return [{ ...mail, message: { ...message, signed: sign({ ...message.signed.body, complaints }, by) } }];
    }
    case 'masked': {
      const words = toy.wordsOf(message.vector);
      words[0] = words[0]! + 1;
      const vector = toy.bytesOf(words);
      const { own } = mesh.members.get(by)!.spent;
      const beneath = own.get(message.signed.body.vector)!.slice();
      beneath[0] = beneath[0]! + 1;
      own.set(hashBytes(vector), beneath);
      const other: Mail = {
        ...mail,
        message: { ...message, vector, signed: sign({ ...message.signed.body, vector: hashBytes(vector) }, by) },
      };
      return random.pick([[other, mail], [mail, other], [{ ...mail, message: { ...message, vector } }]]);
    }
    case 'consistent':
      return [{ ...mail, message: { ...message, signed: sign({ ...message.signed.body, survivors: message.signed.body.context }, by) } }];
    case 'unmask': {
      const shares = message.signed.body.shares.map((byte) => (random.chance(0.02) ? byte ^ 1 : byte));
      return [{ ...mail, message: { ...message, signed: sign({ ...message.signed.body, shares }, by) } }];
    }
  }
}
