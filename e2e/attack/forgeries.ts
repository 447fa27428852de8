/** Attacks by round messages that are forged, stale or somebody else's, which signatures, lists and hashes must stop. */
import type { VoteBody } from '#protocol/agreement/messages';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { idOf, type PeerId, type Signed } from '#protocol/identity';
import { updateLength } from '#protocol/manifest/manifest';
import type { AttestBody, RecordBody, RoundMessage } from '#protocol/round/messages';
import { contributionOf, updateId } from '#protocol/round/record';
import type { Arena } from './arena.ts';
import type { Attack, Outcome } from './attack.ts';
import { found, type Founded } from './federation.ts';
import { followSlots, updateOf, type Slot } from './rounds.ts';
import { type Stranger } from './stranger.ts';
import { joins, loads, victimOf } from './victim.ts';

const ELSEWHERE = '127.0.0.2';
const VERIFIED = 'for (const signed of signaturesIn(message)) if (!(await verify(signed))) return false;';
const ALONE = { rounds: { minContributors: 1, maxContributors: 4, joinWindowMs: 50, deadlineMs: 2000, takeoverMs: 1000 } };

/** A liar alone in a round: the seat's answer to its update for the slot. */
async function answered(
  arena: Arena,
  lie: (liar: Stranger, slot: Slot, bytes: number, federation: Founded) => Promise<Extract<RoundMessage, { t: 'update' }>>,
  rounds = 1,
): Promise<Outcome> {
  const federation = await arena.found(ALONE);
  const { id: fed, seat, body } = federation;
  const liar = await arena.stranger(fed, { address: ELSEWHERE });
  const bytes = updateLength(body) * 4;
  const slots: Slot[] = [];
  const [sent, acked, refused] = [new Set<Hash>(), new Set<Hash>(), new Set<string>()];
  let told = 0;
  liar.on(({ message }) => {
    if (message.t === 'ack') acked.add(message.update);
    else if (message.t === 'refuse') refused.add(message.code);
    else if (message.t === 'open' && message.signed.body.members.includes(liar.id)) void tell();
  });
  followSlots(liar, seat, (slot) => {
    slots.push(slot);
    void liar
      .sign({ t: 'join', fed, epoch: 0, round: slot.round, state: slot.state })
      .then((signed) => liar.send(seat, { t: 'join', signed }));
  });
  const tell = async () => {
    if (++told > rounds + 2) return;
    // Honest until the round in which it lies, so that there is a history.
    const honest = slots.length < rounds;
    const update = honest
      ? await updateOf(liar, fed, slots.at(-1)!, bytes, slots.length)
      : await lie(liar, slots.at(-1)!, bytes, federation);
    if (!honest) sent.add(updateId(update.signed));
    liar.send(seat, update);
    if (honest) void attestAll(liar, federation);
  };
  await arena.comes(() => [...sent].some((id) => acked.has(id)) || (sent.size > 0 && refused.size > 0), 20_000);
  await arena.sleep(300);
  const succeeded = [...sent].some((id) => acked.has(id));
  return { succeeded, evidence: { lies: sent.size, refused: [...refused] } };
}

/** A contributor that attests whatever the seat proposes. */
function attestAll(liar: Stranger, { id: fed, seat }: Founded): void {
  liar.on(({ message }) => {
    if (message.t !== 'propose') return;
    const { round, record } = message.signed.body;
    const body: AttestBody = { t: 'attest', fed, epoch: 0, round, record };
    void liar.sign(body).then((signed) => liar.send(seat, { t: 'attest', signed }));
  });
}

/** A stranger's model on top of the newest record, with every signature that a stranger can make. */
export async function forgedRecord(
  stranger: Stranger,
  fed: Hash,
  slot: Slot & { readonly head: Hash },
  bytes: number,
  more: Partial<RecordBody> = {},
) {
  const update = await updateOf(stranger, fed, slot, bytes);
  const record: RecordBody = {
    t: 'record',
    fed,
    epoch: 0,
    round: slot.round,
    kind: 'model',
    base: slot.head,
    from: { state: slot.state, round: slot.stateRound },
    state: hashBytes(encode(`forged ${slot.round}`)),
    stateRound: slot.round,
    models: slot.round,
    kernel: 'mine',
    contributions: [contributionOf(update.signed)],
    ...more,
  };
  const id = idOf(record);
  const vote: VoteBody = { t: 'commit', fed, epoch: 0, round: record.round, view: 0, record: id };
  const attest: AttestBody = { t: 'attest', fed, epoch: 0, round: record.round, record: id };
  return { record, commits: [await stranger.sign(vote)], attests: [(await stranger.sign(attest)) as Signed<AttestBody>] };
}

/** Follows a federation and claims a head, until stopped. */
function headOf(stranger: Stranger, seat: PeerId): () => (Slot & { head: Hash }) | null {
  let known: (Slot & { head: Hash }) | null = null;
  stranger.on(({ from, message }) => {
    if (message.t !== 'status' || from !== seat) return;
    known = { round: message.round, state: message.state, stateRound: message.round - 1, head: message.head };
  });
  return () => known;
}

export const attacks: readonly Attack[] = [
  {
    name: 'join-in-anothers-name',
    finding: 'forged senders: a join that names a victim, signed by a stranger',
    held: true,
    without: [{ file: 'protocol/driver/inbox.ts', find: VERIFIED, put: '' }],
    async run(arena) {
      const { id: fed, seat } = await arena.found(ALONE);
      const [victim, attacker] = [await arena.stranger(fed), await arena.stranger(fed, { address: ELSEWHERE })];
      let listed = false;
      victim.on(({ message }) => (listed ||= message.t === 'open' && message.signed.body.members.includes(victim.id)));
      followSlots(attacker, seat, ({ round, state }) => {
        void attacker.sign({ t: 'join', fed, epoch: 0, round, state }).then((signed) => {
          attacker.send(seat, { t: 'join', signed: { ...signed, by: victim.id } });
        });
      });
      return { succeeded: await arena.comes(() => listed, 6000), evidence: {} };
    },
  },
  {
    name: 'votes-by-strangers',
    finding: 'votes by strangers: a model certified by who is no seat',
    held: true,
    without: [
      {
        file: 'protocol/agreement/certificate.ts',
        find: 'if (agrees && seats.includes(by)) voters.add(by);',
        put: 'if (agrees) voters.add(by);',
      },
      { file: 'protocol/round/signatures.ts', find: 'isSubset(commits, seats) && ', put: '' },
    ],
    async run(arena) {
      const federation = await arena.found(ALONE);
      const { id: fed, seat, body } = federation;
      const { url } = await arena.relay();
      const attacker = await arena.stranger(fed, { address: ELSEWHERE });
      const head = headOf(attacker, seat);
      const victim = await victimOf(arena, url, federation);
      await arena.until('a head', () => head() !== null && attacker.peers.size >= 2);
      const certified = await forgedRecord(attacker, fed, head()!, updateLength(body) * 4);
      for (const peer of attacker.peers) if (peer !== seat) attacker.send(peer, { t: 'record', certified });
      const adopted = await arena.comes(() => victim.snapshot()?.round === certified.record.round, 5000);
      return { succeeded: adopted, evidence: { round: victim.snapshot()?.round } };
    },
  },
  {
    name: 'opens-by-strangers',
    finding: 'opens by strangers: members train and pay for a round that no seat called',
    held: true,
    without: [
      {
        file: 'protocol/round/open.ts',
        find: 'if (signed.by !== leaderOf(config, slot.round, view) || state !== head.record.state) return;',
        put: 'if (state !== head.record.state) return;',
      },
      {
        file: 'protocol/round/signatures.ts',
        find: ' && message.signed.by === leaderOf(config, message.signed.body.round, message.signed.body.view);',
        put: ';',
      },
    ],
    async run(arena) {
      const federation = await arena.found({ rounds: { ...ALONE.rounds, minContributors: 2 } });
      const { id: fed, seat } = federation;
      const { url } = await arena.relay();
      const attacker = await arena.stranger(fed, { address: ELSEWHERE });
      const head = headOf(attacker, seat);
      const victim = await victimOf(arena, url, federation);
      const { snapshot } = victim;
      await loads(victim);
      await joins(victim, federation);
      await arena.until('a head, and a victim that waits', () => head() !== null && snapshot()?.activity === 'gathering');
      const members = [attacker.id, snapshot()!.self].sort();
      const { round, state } = head()!;
      const signed = await attacker.sign({ t: 'open', fed, epoch: 0, round, view: 0, state, members });
      attacker.send(snapshot()!.self, { t: 'open', signed });
      const paid = await arena.comes(() => (snapshot()?.budget.spent ?? 0) > 0, 15_000);
      return { succeeded: paid, evidence: { spent: snapshot()?.budget.spent } };
    },
  },
  {
    name: 'stale-update',
    finding: 'stale updates: one from a state that is past',
    held: true,
    without: [
      {
        file: 'protocol/round/collect/plain.ts',
        find: "  if (body.state !== head.record.state || body.stateRound !== head.record.stateRound) return { code: 'stale', field: 'state', isQuiet };\n",
        put: '',
      },
    ],
    run: (arena) =>
      answered(arena, (liar, slot, bytes, { id }) => updateOf(liar, id, { ...slot, state: hashBytes(encode('past')) }, bytes, 9)),
  },
  {
    name: 'update-of-wrong-length',
    finding: 'wrong-length updates',
    held: true,
    without: [{ file: 'protocol/round/collect/plain.ts', find: 'const fault = config.checkVector(vector);', put: 'const fault = null;' }],
    run: (arena) => answered(arena, (liar, slot, bytes, { id }) => updateOf(liar, id, slot, bytes + 4, 9)),
  },
  {
    name: 'update-that-is-no-number',
    finding: 'NaN updates: float bits where integers belong, beyond the bound',
    held: true,
    without: [{ file: 'protocol/round/collect/plain.ts', find: 'const fault = config.checkVector(vector);', put: 'const fault = null;' }],
    run: (arena) => answered(arena, (liar, slot, bytes, { id }) => updateOf(liar, id, slot, bytes, 0x7fc00000)),
  },
  {
    name: 'update-of-another-federation',
    finding: 'cross-federation updates: signed for another one',
    held: true,
    without: [
      {
        file: 'protocol/round/core.ts',
        find: 'if (message.signed.body.fed !== s.config.fed || message.signed.body.epoch !== s.config.epoch) return;',
        put: '',
      },
      {
        file: 'protocol/round/signatures.ts',
        find: "case 'update':\n      return message.signed.body.fed === fed && ",
        put: "case 'update':\n      return ",
      },
    ],
    async run(arena) {
      const other = await found((await arena.relay()).url, ALONE);
      return answered(arena, (liar, slot, bytes) => updateOf(liar, other.id, slot, bytes, 9));
    },
  },
  {
    name: 'another-blob-for-a-hash',
    finding: 'another blob for a right hash: a model of the attacker’s own for who asks for the newest',
    held: true,
    without: [
      {
        file: 'protocol/round/signatures.ts',
        find: "if (message.t === 'state') return hashBytes(message.bytes) === message.hash;",
        put: '',
      },
      {
        file: 'protocol/round/core.ts',
        find: '|| hash !== record.state || hashBytes(bytes) !== hash) return;',
        put: '|| hash !== record.state) return;',
      },
    ],
    async run(arena) {
      const honest = await arena.honest();
      const { id: fed, seat } = honest.federation;
      const { url } = await arena.relay();
      const attacker = await arena.stranger(fed, { address: ELSEWHERE });
      const poison = new Uint8Array(1000).fill(7);
      let newest: Extract<RoundMessage, { t: 'record' }> | null = null;
      attacker.on(({ message }) => void (message.t === 'record' && (newest = message)));
      await arena.until('a record', () => newest !== null);
      await honest.stop();
      const known = new Set([...attacker.peers, seat]);
      // Sends a newcomer the seat's status before the seat does, and then the wrong state whenever it asks for one.
      const timer = setInterval(() => {
        for (const to of attacker.peers) {
          if (known.has(to) || newest === null) continue;
          known.add(to);
          attacker.send(to, newest);
          const state = { t: 'state', fed, hash: newest.certified.record.state, bytes: poison } as const;
          for (let ms = 2; ms < 200; ms += 4) setTimeout(() => attacker.send(to, state), ms);
        }
      }, 1);
      arena.end(() => clearInterval(timer));
      const getsPoison = async () => {
        const victim = await victimOf(arena, url, honest.federation);
        const taken = await arena.comes(async () => {
          const file = await victim.peer.download();
          // Bytes that are no model cannot be encoded as one; the first state and the seat's bytes can.
          return !file.ok && file.error.code !== 'not-found';
        }, 3000);
        await victim.close();
        return taken;
      };
      let [poisoned, victims] = [0, 0];
      while (victims < 5 && poisoned === 0) {
        victims++;
        if (await getsPoison()) poisoned++;
      }
      return { succeeded: poisoned > 0, evidence: { victims, poisoned } };
    },
  },
];
