/**
 * Attacks on a budget: making a victim's ledger say that rows paid for what they did not, and making it forget what they did. A person who
 * puts an older copy of a profile back is an attacker too, of the promise that their rows are used within their budget.
 */
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { idOf } from '#protocol/identity';
import { openManifest, updateLength } from '#protocol/manifest';
import { signBody, type Signed } from '#protocol/identity';
import type { AttestBody, CertifiedRecord, RecordBody, UpdateContribution, VoteBody } from '#protocol/round/messages';
import { contributionOf, recordZero, updatesIn } from '#protocol/round/records';
import { roundConfig, statesHere } from '#signaling/round-config';
import { unwrap } from '#workers/paid-update';
import { fetchRecords } from '#workers/relay-blobs';
import type { Arena } from './arena.ts';
import type { Attack, Cut, Outcome } from './attack.ts';
import type { Founded } from './federation.ts';
import { updateOf, type Slot } from './rounds.ts';
import { newIdentity, type Stranger } from './stranger.ts';
import { copyOf, joins, loads, victimOf, witnessedIn, type Victim } from './victim.ts';

const ELSEWHERE = '127.0.0.2';
const FORGED = 40;
const ALONE = { rounds: { minContributors: 1, maxContributors: 4, joinWindowMs: 50, deadlineMs: 2000, takeoverMs: 1000 } };
/** A device takes seats at their word about its own updates. */
const OWN_WORD: readonly Cut[] = [
  { file: 'workers/witnessed.ts', find: '&& (await verifySigned(own))', put: '' },
  { file: 'protocol/round/signatures.ts', find: ', ...ofMembers([message.certified.record])];', put: '];' },
];

interface Trap {
  readonly federation: Founded;
  readonly attacker: Stranger;
  /** The id of record 0. */
  readonly first: Hash;
}

/** A stranger's federation on an honest relay, with the stranger's own key as its only seat. */
async function trapOf(arena: Arena): Promise<Trap> {
  const identity = await newIdentity();
  const federation = await arena.found({ ...ALONE, seats: { kind: 'home', relays: [identity.id] } });
  const attacker = await arena.stranger(federation.id, { identity, address: ELSEWHERE });
  const manifest = await openManifest(await signBody(federation.steward, federation.body));
  const config = roundConfig(manifest, identity.id, await statesHere(federation.body).first());
  return { federation, attacker, first: idOf(recordZero(config).record) };
}

/** A chain of models that name the victim, certified and attested by the attacker's own key. */
async function chainNaming(
  { federation, attacker, first }: Trap,
  count: number,
  contribution: (slot: Slot) => UpdateContribution | Promise<UpdateContribution>,
  slotOf: (round: number) => Slot = (round) => ({ round, state: hashBytes(encode(`state ${round - 1}`)), stateRound: round - 1 }),
): Promise<CertifiedRecord[]> {
  const { id: fed, body } = federation;
  const chain: CertifiedRecord[] = [];
  let base = first;
  for (let round = 1; round <= count; round++) {
    const slot = slotOf(round);
    const own = contributionOf((await updateOf(attacker, fed, slot, updateLength(body) * 4)).signed);
    const record: RecordBody = {
      t: 'record',
      fed,
      epoch: 0,
      round,
      kind: 'model',
      base,
      from: { state: slot.state, round: slot.stateRound },
      state: hashBytes(encode(`state ${round}`)),
      stateRound: round,
      models: round,
      kernel: 'mine',
      contributions: [own, await contribution(slot)].sort((a, b) => (a.member < b.member ? -1 : 1)),
    };
    const [id, at] = [idOf(record), { fed, epoch: 0, round, record: idOf(record) }];
    const commit: VoteBody = { t: 'commit', ...at, view: 0 };
    const attest: AttestBody = { t: 'attest', ...at };
    chain.push({ record, commits: [await attacker.sign(commit)], attests: [(await attacker.sign(attest)) as Signed<AttestBody>] });
    base = id;
  }
  return chain;
}

/** What strangers brought about in the ledger of a victim whose rows paid `paid` rounds. */
async function raised(arena: Arena, victim: Victim, { body }: Founded, paid = 0): Promise<Outcome> {
  const spent = async () => unwrap(await victim.peer.offer(body.privacy.epsilon)).spent;
  await arena.comes(async () => witnessedIn(await victim.ledger()) > 0, 5000);
  const raisedBy = witnessedIn(await victim.ledger());
  const epsilon = await spent().catch(() => Number.NaN);
  const more = paid === 0 ? raisedBy > 0 || epsilon > 0 : raisedBy > 0;
  return { succeeded: more, evidence: { ledgerRaisedByStrangers: raisedBy, epsilon } };
}

/** Trains on an honest relay, keeps a copy of the folder, trains on, and puts the copy back. */
async function rolledBack(arena: Arena) {
  const federation = await arena.found(ALONE, 2000);
  const { url } = await arena.relay();
  const trained = async (folder: string | undefined, rounds: number) => {
    const victim = await victimOf(arena, url, federation, folder === undefined ? {} : { folder });
    await loads(victim);
    await joins(victim, federation);
    await arena.until('rounds', () => (victim.snapshot()?.contributed ?? 0) >= rounds);
    await victim.peer.leave();
    await victim.close();
    return victim;
  };
  const { folder } = await trained(undefined, 3);
  const copy = await copyOf(arena, folder);
  await trained(folder, 2);
  const old = await victimOf(arena, url, federation, { folder: await copyOf(arena, copy) });
  const known = new Set((await old.ledger()).flatMap((record) => (record.kind === 'release' ? [record.update as Hash] : [])));
  await old.close();
  const self = old.snapshot()?.self;
  const lost = new Set<Hash>();
  for (let from = 1; ;) {
    const page = (await fetchRecords(url, federation.id, from)) as CertifiedRecord[];
    if (page.length === 0) break;
    for (const { record } of page)
      for (const c of updatesIn(record)) if (!known.has(c.vector) && (self === undefined || c.member === self)) lost.add(c.vector);
    from = page.at(-1)!.record.round + 1;
  }
  return { url, federation, copy, lost: lost.size };
}

export const attacks: readonly Attack[] = [
  {
    name: 'forged-records-name-a-victim',
    finding: 'forged certified records name a victim (critical): 40 of them lift a ledger from 0 to ε 40.9',
    held: false,
    without: OWN_WORD,
    async run(arena) {
      const trap = await trapOf(arena);
      const { url } = await arena.relay();
      const victim = await victimOf(arena, url, trap.federation);
      await loads(victim, 1);
      await arena.until('the victim', () => trap.attacker.peers.size > 0 && victim.snapshot() !== null);
      const { self } = victim.snapshot()!;
      const chain = await chainNaming(trap, FORGED, (slot) => ({
        kind: 'update',
        member: self,
        attempt: 0,
        vector: hashBytes(encode(`vector ${slot.round}`)),
        ledger: hashBytes(encode('ledger')),
        sig: chainSig(),
      }));
      for (const certified of chain) trap.attacker.send(self, { t: 'record', certified });
      return raised(arena, victim, trap.federation);
    },
  },
  {
    name: 'relay-serves-forged-records',
    finding: 'a dishonest relay can do it in its own federations: records that name a visitor, when it looks for forgotten rounds',
    held: false,
    without: OWN_WORD,
    async run(arena) {
      const trap = await trapOf(arena);
      const { url } = await arena.relay();
      let chain: CertifiedRecord[] = [];
      const records = async (_: Hash, from: number) => chain.filter(({ record }) => record.round >= from);
      const victim = await victimOf(arena, url, trap.federation, { platform: { records } });
      await arena.until('the victim', () => victim.snapshot() !== null);
      const { self } = victim.snapshot()!;
      chain = await chainNaming(trap, FORGED, (slot) => ({
        kind: 'update',
        member: self,
        attempt: 0,
        vector: hashBytes(encode(`vector ${slot.round}`)),
        ledger: hashBytes(encode('ledger')),
        sig: chainSig(),
      }));
      await loads(victim, 1);
      return raised(arena, victim, trap.federation);
    },
  },
  {
    name: 'older-copy-put-back',
    finding: 'a genuine rollback: a copy of the folder from two rounds ago must be found, before anything is paid for',
    held: true,
    without: [
      {
        file: 'workers/witnessed.ts',
        find: 'return own === undefined ? null : signedUpdate(record, own);',
        put: 'return own === undefined || own.member === self ? null : signedUpdate(record, own);',
      },
    ],
    async run(arena) {
      const { url, federation, copy, lost } = await rolledBack(arena);
      const victim = await victimOf(arena, url, federation, { folder: copy });
      await loads(victim);
      await joins(victim, federation);
      await arena.comes(async () => witnessedIn(await victim.ledger()) >= lost, 10_000);
      const found = witnessedIn(await victim.ledger());
      return { succeeded: found < lost, evidence: { lost, found, genuineRollbackFound: lost === 0 ? 0 : Math.min(1, found / lost) } };
    },
  },
];

/** 64 bytes that are no signature of anybody's. */
function chainSig(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(64));
}
