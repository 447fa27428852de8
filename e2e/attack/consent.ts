/** Attacks on what a device reveals: its address before consent, its rows, its lot by timing; and on the price of a small delta. */
import { MessageChannel, type MessagePort as NodePort } from 'node:worker_threads';
import type { Hash } from '#protocol/codec';
import { checkPolicyFloor } from '#protocol/device-policy';
import type { PeerId } from '#protocol/identity';
import { updateLength, type ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { unitSteps } from '#protocol/privacy/adaptive-clip';
import { roundsWithin } from '#protocol/privacy/round-curve';
import { openMesh } from '#signaling/mesh';
import { unwrap } from '#workers/answered';
import type { Platform } from '#workers/peer/platform';
import type { Arena } from './arena.ts';
import type { Attack, Outcome } from './attack.ts';
import { rowsText, smallManifest, type Founded } from './federation.ts';
import { followSlots, updateOf } from './rounds.ts';
import { newIdentity, type Stranger } from './stranger.ts';
import { joins, loads, victimOf, type Victim } from './victim.ts';

const OFFER = { type: 'offer', sdp: 'v=0 a=candidate:1 1 udp 1 192.168.1.7 50000 typ host' };

/** The main thread's end of WebRTC, whose calls carry an address at once. */
function fakeRtc(arena: Arena): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (data: { t: string; link: number; initiator?: boolean }) => {
    const signal = data.initiator === true ? OFFER : { ...OFFER, type: 'answer' };
    if (data.t === 'dial') port1.postMessage({ t: 'signal', link: data.link, signal });
  });
  arena.end(() => [port1, port2].forEach((port: NodePort) => port.close()));
  return port2 as unknown as MessagePort;
}

/** A page's peer without a page, which enters its room with WebRTC. */
async function pageVictim(arena: Arena, federation: Founded, change: (own: Platform) => Partial<Platform> = () => ({})): Promise<Victim> {
  const { url } = await arena.relay();
  const rtc = fakeRtc(arena);
  const open: Platform['open'] = (manifest, identity, events, onDeparture) =>
    openMesh({ url, room: manifest.id, identity, rtc, events, onDeparture });
  return victimOf(arena, url, federation, { platform: (own) => ({ open, ...change(own) }) });
}

/** Whether a stranger who calls everybody in the room receives an address by a signal. */
async function toldAddress(arena: Arena, stranger: Stranger, ms: number): Promise<Outcome> {
  const signals = () => stranger.control.filter(({ t }) => t === 'signal');
  const told = () => signals().some(({ data }) => JSON.stringify(data).includes('192.168.1.7'));
  for (const peer of stranger.peers) stranger.signal(peer, { t: 'call', id: 'the-stranger-calls', rtc: OFFER });
  const succeeded = await arena.comes(told, ms);
  return { succeeded, evidence: { signals: signals().length } };
}

/** Median milliseconds from a round's list to the update of a member with this many rows, as observed by a stranger in the room. */
async function lag(arena: Arena, rows: number, rounds: number): Promise<number> {
  const privacy = { ...smallManifest('' as PeerId, '' as PeerId, {}, 100).privacy, rate: 0.9, rowsMax: 20_000 };
  const federation = await arena.found(
    {
      privacy: { ...privacy, sigma: 150 },
      model: { kind: 'mlp', hidden: [512, 256], activation: 'tanh', seed: 's' },
      rounds: { minContributors: 1, maxContributors: 4, joinWindowMs: 50, deadlineMs: 10_000, takeoverMs: 5000 },
    },
    100,
  );
  const stranger = await arena.stranger(federation.id, { address: '127.0.0.2' });
  const [opened, lags] = [new Map<string, number>(), [] as number[]];
  stranger.on(({ message }) => {
    if (message.t === 'open') opened.set(message.signed.body.state, performance.now());
    if (message.t !== 'update') return;
    const from = opened.get(message.signed.body.state);
    opened.delete(message.signed.body.state);
    if (from !== undefined) lags.push(performance.now() - from);
  });
  const victim = await pageVictim(arena, federation);
  unwrap(await victim.peer.load({ text: rowsText(1, rows) }));
  await joins(victim, federation);
  await arena.until(`${rounds} updates`, () => lags.length >= rounds);
  await victim.close();
  return lags.slice(1).toSorted((a, b) => a - b)[Math.floor((lags.length - 1) / 2)]!;
}

/** The bytes of float32 values anywhere in an answer. */
function holds(value: unknown, needle: Uint8Array): boolean {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return bytes.some((_, at) => needle.every((byte, i) => bytes[at + i] === byte));
  }
  return typeof value === 'object' && value !== null && Object.values(value).some((inner) => holds(inner, needle));
}

export const attacks: readonly Attack[] = [
  {
    name: 'address-before-joining',
    finding: 'network address before consent: a host candidate goes to any key in the room',
    held: false,
    without: [{ file: 'signaling/links/direct-links.ts', find: 'if (!this.#allowed.has(from)) {', put: 'if (false as boolean) {' }],
    async run(arena) {
      const federation = await arena.found();
      await pageVictim(arena, federation);
      const stranger = await arena.stranger(federation.id, { address: '127.0.0.2' });
      await arena.until('two in the room', () => stranger.peers.size >= 2);
      return toldAddress(arena, stranger, 3000);
    },
  },
  {
    name: 'address-of-a-member',
    finding: 'network address: candidates of the same room’s listed members only',
    held: false,
    without: [{ file: 'signaling/mesh.ts', find: 'this.#direct.allow(peers);', put: 'this.#direct.allow(new Set(this.#present.keys()));' }],
    async run(arena) {
      const { federation } = await arena.honest();
      const stranger = await arena.stranger(federation.id, { address: '127.0.0.2' });
      const victim = await pageVictim(arena, federation);
      await loads(victim, 9);
      await joins(victim, federation);
      const updates = () => stranger.heard.filter(({ message }) => message.t === 'update').length;
      await arena.until('rounds', () => updates() >= 8);
      return toldAddress(arena, stranger, 3000);
    },
  },
  {
    name: 'delta-of-a-trillionth',
    finding: 'δ of 10⁻¹² in a stranger’s federation, one near-free round: what ε = 1 buys falls to a fifth',
    held: false,
    without: [
      {
        file: 'protocol/device-policy.ts',
        find: 'if (delta < deltaMin) unsafe(',
        put: 'if (delta < 0) unsafe(',
      },
    ],
    async run() {
      const { id } = await newIdentity();
      const small = smallManifest(id, id, {}, 10);
      const next = { rate: 0.05, sigma: 2 };
      const buys = (delta: number) => roundsWithin(1, delta, { bill: [], next, curve: null, roundsMax: 100_000 });
      const privacy = { ...small.privacy, delta: 1e-12, sigma: 1000, rounds: 1 };
      try {
        checkPolicyFloor(parseManifestBody({ ...small, privacy }));
      } catch (error) {
        return { succeeded: false, evidence: { refused: String(error) } };
      }
      return { succeeded: buys(1e-12) < buys(1e-5), evidence: { before: buys(1e-5), after: buys(1e-12) } };
    },
  },
  {
    name: 'lie-of-all-rows',
    finding: 'update bound: a lie of 4,142 C passes where a lot is Poisson(q)',
    held: false,
    without: [{ file: 'protocol/manifest/manifest.ts', find: '(largestLot(rowsMax, rate) + sigma', put: '(rowsMax + sigma' }],
    async run(arena) {
      const small = smallManifest('' as PeerId, '' as PeerId, {}, 2000);
      const privacy: ManifestBody['privacy'] = { ...small.privacy, rate: 0.05, sigma: 8, rowsMax: 4000, rounds: 2000 };
      const { federation } = await arena.honest({ privacy });
      const { id: fed, seat, body } = federation;
      const liar = await arena.stranger(fed, { address: '127.0.0.2' });
      const lie = unitSteps(privacy).sensitivity * privacy.rowsMax;
      let [sent, taken] = [0, false];
      const slots = new Map<string, { round: number; state: Hash; stateRound: number }>();
      followSlots(liar, seat, (slot) => {
        slots.set(slot.state, slot);
        const join = { t: 'join' as const, fed, epoch: 0, round: slot.round, state: slot.state };
        void liar.sign(join).then((signed) => liar.send(seat, { t: 'join', signed }));
      });
      liar.on(({ from, message }) => {
        if (message.t === 'record') taken ||= JSON.stringify(message.certified.record.contributions).includes(liar.id);
        if (message.t !== 'open' || from !== seat || !message.signed.body.members.includes(liar.id)) return;
        const slot = slots.get(message.signed.body.state);
        if (slot === undefined) return;
        void updateOf(liar, fed, slot, 4 * updateLength(body), lie).then((update) => (sent++, liar.send(seat, update)));
      });
      const succeeded = await arena.comes(() => taken, 15_000);
      if (sent === 0) throw new Error('the liar was on no list');
      return { succeeded, evidence: { lieInC: privacy.rowsMax, sent } };
    },
  },
  {
    name: 'lot-by-the-clock',
    alone: true,
    finding: 'timing of an update: 50 rows 7 ms, 800 rows 102 ms',
    held: false,
    without: [{ file: 'workers/peer/held-rows.ts', find: 'await turn();', put: 'void turn;' }],
    async run(arena) {
      // Few rows before and after many, because a busier machine would look like a larger lot.
      const [before, many, after] = [await lag(arena, 50, 12), await lag(arena, 20_000, 12), await lag(arena, 50, 12)];
      const few = Math.max(before, after);
      return { succeeded: many > 1.5 * few, evidence: { msOf50Rows: Math.round(few), msOf20000Rows: Math.round(many) } };
    },
  },
  {
    name: 'rows-in-the-thread-with-sockets',
    finding: 'rows are copied whole into the thread with the sockets',
    held: false,
    without: [
      { file: 'workers/rows/trainer-endpoint.ts', find: 'return { report, digest };', put: 'return { report, digest, rows } as never;' },
    ],
    async run(arena) {
      const { federation } = await arena.honest();
      const answers: unknown[] = [];
      const victim = await pageVictim(arena, federation, ({ trainer }) => ({
        trainer: Object.fromEntries(
          Object.entries(trainer).map(([name, call]) => [
            name,
            async (...given: unknown[]) => {
              const answer = await (call as (...args: unknown[]) => Promise<unknown>)(...given);
              answers.push(answer);
              return answer;
            },
          ]),
        ) as unknown as Platform['trainer'],
      }));
      // Two numbers that float32 represents exactly; the column's range is -1 to 1, so they are encoded unchanged.
      const secret = [0.123046875, -0.654296875];
      unwrap(await victim.peer.load({ text: `x,y,corner\n${`${secret.join()},top\n`.repeat(30)}0.5,0.5,left\n` }));
      await joins(victim, federation);
      await arena.until('an update', () => answers.length >= 8);
      unwrap(await victim.peer.leave());
      const row = new Uint8Array(Float32Array.from(secret).buffer);
      return { succeeded: answers.some((answer) => holds(answer, row)), evidence: { answers: answers.length } };
    },
  },
];
