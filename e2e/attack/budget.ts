/**
 * Attacks on a budget: making a victim's ledger charge rows for rounds that they did not pay, or forget rounds that they did. Restoring an
 * older copy of a profile is an attack too, on the promise that rows are used within their budget.
 */
import type { VoteBody } from '#protocol/agreement/messages';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { idOf, signBody, type PeerId, type Signed } from '#protocol/identity';
import { updateLength } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import type { AttestBody, CertifiedRecord, RecordBody, UpdateBody, UpdateContribution } from '#protocol/round/messages';
import { contributionOf, recordZero, updatesIn } from '#protocol/round/record';
import { roundConfig } from '#protocol/driver/open';
import { aggregateHere } from '#protocol/robust/rule';
import { unwrap } from '#workers/answered';
import { fetchRecords } from '#signaling/relay-signed';
import type { Arena } from './arena.ts';
import type { Attack, Cut, Outcome } from './attack.ts';
import type { Founded } from './federation.ts';
import { updateOf, type Slot } from './rounds.ts';
import { newIdentity, type Stranger } from './stranger.ts';
import { copyOf, joins, loads, victimOf, witnessedIn, type Victim } from './victim.ts';

const ELSEWHERE = '127.0.0.2';
const FORGED = 40;
const ALONE = { rounds: { minContributors: 1, maxContributors: 4, joinWindowMs: 50, deadlineMs: 2000, takeoverMs: 1000 } };
/** A device that trusts seats about its own updates. */
const OWN_WORD: readonly Cut[] = [
  { file: 'workers/ledger/witnessed.ts', find: 'claimed !== null && (await verifySigned(claimed)) ?', put: 'claimed !== null ?' },
  { file: 'protocol/round/signatures.ts', find: ', ...ofMembers([message.certified.record])];', put: '];' },
];
/** A device that pays before it has read what it paid for. */
const UNREAD: readonly Cut[] = [
  {
    file: 'workers/ledger/rollback-check.ts',
    find: 'return reaches(this.#place, { round: head.record.round, id: headId });',
    put: 'return reaches(this.#place, { round: -1, id: headId }) || head !== null;',
  },
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
  const config = roundConfig(manifest, identity.id, await aggregateHere(federation.body, null, []), '');
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

/** What strangers added to a victim's ledger, or to its count of spent budget beyond what its rows paid. */
async function raised(arena: Arena, victim: Victim, { body }: Founded, paid = 0): Promise<Outcome> {
  const spent = async () => unwrap(await victim.peer.offer(body.privacy.epsilon)).spent;
  const none = async () => (await spent()) <= paid;
  await arena.comes(async () => witnessedIn(await victim.ledger()) > 0 || !(await none()), 5000);
  const written = witnessedIn(await victim.ledger());
  const byStrangers = written > 0 || (await none()) ? written : FORGED;
  return { succeeded: byStrangers > 0, evidence: { ledgerRaisedByStrangers: byStrangers, epsilon: await spent() } };
}

const signatureOfNobody = () => crypto.getRandomValues(new Uint8Array(64));

/** A round in which the victim took no part. */
const forgedFor =
  (member: PeerId) =>
  ({ round }: Slot): UpdateContribution => ({
    kind: 'update',
    member,
    attempt: 0,
    vector: hashBytes(encode(`vector ${round}`)),
    ledger: hashBytes(encode('ledger')),
    sig: signatureOfNobody(),
  });

/** The other signature of the same body that needs no key: (r, n - s). */
function mirrored(sig: Uint8Array): Uint8Array {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = BigInt(`0x${Buffer.from(sig.subarray(32)).toString('hex')}`);
  return Buffer.concat([sig.subarray(0, 32), Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')]);
}

/** Trains on an honest relay, copies the folder, continues training, and restores the copy. */
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
  return { url, federation, copy, lost: lost.size, known };
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
      for (const certified of await chainNaming(trap, FORGED, forgedFor(self))) trap.attacker.send(self, { t: 'record', certified });
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
      chain = await chainNaming(trap, FORGED, forgedFor(victim.snapshot()!.self));
      for (const certified of chain) trap.attacker.send(victim.snapshot()!.self, { t: 'record', certified });
      await loads(victim, 1);
      return raised(arena, victim, trap.federation);
    },
  },
  {
    name: 'one-update-in-many-records',
    finding: 'counting by signature: a victim’s one update, certified forty times, each with another valid signature',
    held: true,
    without: [
      {
        file: 'workers/ledger/rollback-check.ts',
        find: 'own.map(({ body }) => updateKey(body))',
        put: "own.map(({ sig }) => idOf({ t: 'sig', sig } as never))",
      },
    ],
    async run(arena) {
      const trap = await trapOf(arena);
      const { federation, attacker } = trap;
      const { url } = await arena.relay();
      const victim = await victimOf(arena, url, federation);
      await loads(victim, 1);
      await joins(victim, federation);
      await arena.until('the victim', () => attacker.peers.size > 0);
      const { self } = victim.snapshot()!;
      const { hash: state } = await aggregateHere(federation.body, null, []);
      const signed = await attacker.sign({ t: 'open', fed: federation.id, epoch: 0, round: 1, view: 0, state, members: [self] });
      let update: Signed<UpdateBody> | null = null;
      attacker.on(({ message }) => void (message.t === 'update' && (update = message.signed)));
      attacker.send(self, { t: 'open', signed });
      await arena.until('its update', () => update !== null);
      const { spent } = unwrap(await victim.peer.offer(federation.body.privacy.epsilon));
      const { sig, ...rest } = contributionOf(update!);
      const again = ({ round }: Slot) => ({ ...rest, sig: round % 2 === 0 ? mirrored(sig) : sig });
      const chain = await chainNaming(trap, FORGED, again, (round) => ({ round, state, stateRound: 0 }));
      for (const certified of chain) attacker.send(self, { t: 'record', certified });
      return raised(arena, victim, federation, spent);
    },
  },
  {
    name: 'older-copy-put-back',
    finding: 'a genuine rollback: a copy of the folder from two rounds ago must be found, before anything is paid for',
    held: true,
    without: [
      {
        file: 'workers/ledger/witnessed.ts',
        find: 'const claimed = claimedOf(certified, config);',
        put: 'const claimed = null as ReturnType<typeof claimedOf> | null;',
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
  unspent(
    'rollback-behind-a-stalled-relay',
    'a relay that stalls suppresses the check: the records never come',
    UNREAD,
    () => async () => new Promise<never>(() => {}),
  ),
  unspent(
    'rollback-behind-a-failing-relay',
    'a relay that errs suppresses the check',
    UNREAD,
    () => async () => Promise.reject(new Error('503')),
  ),
  unspent(
    'rollback-behind-an-early-end',
    'records that end before the head: what comes after has shown nothing',
    UNREAD,
    (genuine) => async (fed, from) => (from > 2 ? [] : (await genuine(fed, from)).slice(0, 1)),
  ),
  unspent(
    'rollback-behind-a-gap',
    'a relay that leaves out the records in which a device would find itself',
    [
      { file: 'protocol/round/chain.ts', find: 'if (record.round !== next) {', put: 'next = record.round;\n    if (next < 0) {' },
      {
        file: 'protocol/round/chain.ts',
        find: 'if (place !== null && record.base !== place.id) {',
        put: 'if (place !== null && place.round < 0) {',
      },
    ],
    (genuine, known) => async (fed, from) => {
      const page = await genuine(fed, from);
      const all = [...page];
      for (let last = all.at(-1)?.record.round; last !== undefined; last = all.at(-1)!.record.round) {
        const more = await genuine(fed, last + 1);
        if (more.length === 0) break;
        all.push(...more);
      }
      return all.filter(({ record }, i) => i === all.length - 1 || updatesIn(record).every(({ vector }) => known.has(vector)));
    },
  ),
];

type Genuine = (fed: Hash, from: number) => Promise<readonly CertifiedRecord[]>;

/** An older copy is restored while the relay misrepresents its records: nothing may be paid for. */
function unspent(
  name: string,
  finding: string,
  without: readonly Cut[],
  lying: (genuine: Genuine, known: ReadonlySet<Hash>) => Genuine,
): Attack {
  return {
    name,
    finding,
    held: false,
    without,
    async run(arena) {
      const { url, federation, copy, lost, known } = await rolledBack(arena);
      const genuine: Genuine = async (fed, from) => (await fetchRecords(url, fed, from)) as CertifiedRecord[];
      const victim = await victimOf(arena, url, federation, { folder: copy, platform: { records: lying(genuine, known) } });
      const paid = async () => (await victim.ledger()).filter(({ kind }) => kind === 'reserve').length;
      const before = await paid();
      await loads(victim);
      await victim.peer.join(federation.body.privacy.epsilon, federation.body.consent);
      await arena.comes(async () => (await paid()) > before, 8000);
      const [after, found] = [await paid(), witnessedIn(await victim.ledger())];
      return { succeeded: after > before && found < lost, evidence: { lost, found, paidAgain: after - before } };
    },
  };
}
