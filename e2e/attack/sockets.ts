/** Attacks on the relay's socket: what a stranger can do to others and to the process, before and after proving a key. */
import { connect } from 'node:net';
import { SignalingClient, socketUrl, type ClientState } from '#signaling/client';
import { FrameQueue } from '#signaling/links/framing';
import type { Arena } from './arena.ts';
import type { Attack } from './attack.ts';
import { MEMORY_BUDGET_MB } from './memory-budget.ts';
import { newIdentity, type Stranger } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';

export const attacks: readonly Attack[] = [
  {
    name: 'signals-close-a-victim',
    finding: 'any member can disconnect another: signal frames close a victim that does not read',
    held: false,
    without: [
      {
        file: 'signaling/server/server-socket.ts',
        find: 'const cost = 1 + Math.floor(bytes / CONTROL_TOKEN_BYTES);',
        put: 'const cost = 1;',
      },
      {
        file: 'signaling/server/outgoing.ts',
        find: 'if (this.#closed || own + cost > this.#options.limit - this.bytes - cost || !this.#take(payer, cost)) {',
        put: "if (this.bytes > 8_000_000) throw new Error('slow');\n    if (this.#closed) {",
      },
      {
        file: 'signaling/server/server-socket.ts',
        find: '    this.#outgoing.frame(from, payer, text.length, () => text);',
        put: `    try {
      this.#outgoing.frame(from, payer, text.length, () => text);
    } catch {
      this.#abandon(new MeshError('slow-consumer'));
    }`,
      },
    ],
    async run(arena) {
      const { id: room } = await arena.found();
      const victim = await arena.stranger(room);
      const attackers = await Promise.all([1, 2].map(() => arena.stranger(room, { address: ELSEWHERE })));
      victim.deaf();
      const data = 'x'.repeat(60_000);
      for (let i = 0; i < 450; i++) for (const attacker of attackers) attacker.signal(victim.id, data);
      await arena.sleep(4000);
      victim.socket.resume();
      const closed = await arena.comes(() => victim.closed !== null, 6000);
      return { succeeded: closed, evidence: { code: victim.closed, frames: 900, attackers: attackers.map((one) => one.closed) } };
    },
  },
  {
    name: 'signals-that-grow',
    finding: 'a signal as long as may be, which is longer when it is passed on: its receiver drops its relay',
    held: false,
    without: [{ file: 'signaling/server/server-socket.ts', find: 'if (length > SIGNAL_FRAME_BYTES_MAX) {', put: 'if (length < 0) {' }],
    async run(arena) {
      const [{ url }, { id: room }] = [await arena.relay(), await arena.found()];
      const states: ClientState[] = [];
      const identity = await newIdentity();
      const quiet = { welcome() {}, joined() {}, left() {}, signal() {}, mailbox() {} };
      const victim = new SignalingClient({
        url: socketUrl(url),
        room,
        identity,
        events: { ...quiet, state: (state) => states.push(state) },
      });
      arena.end(() => victim.close());
      await arena.until('the victim is in', () => victim.state === 'open');
      const attacker = await arena.stranger(room, { address: ELSEWHERE });
      const numbers = `[${Array.from({ length: 13_000 }, () => '1e20').join()}]`;
      attacker.socket.send(`{"t":"signal","to":"${identity.id}","data":${numbers}}`);
      const dropped = await arena.comes(() => states.includes('waiting'), 5000);
      return { succeeded: dropped, evidence: { states, attacker: attacker.closed } };
    },
  },
  {
    name: 'frames-crowd-out-others',
    finding: 'a flood of mailbox frames leaves no place for anybody else’s on the way to a slow peer',
    held: false,
    without: [
      {
        file: 'signaling/server/outgoing.ts',
        find: 'const own = this.#lanes.get(from)?.bytes ?? 0;',
        put: 'const own = -cost;',
      },
    ],
    async run(arena) {
      const { id: room } = await arena.found();
      const [victim, honest] = [await arena.stranger(room), await arena.stranger(room, { address: '127.0.0.9' })];
      const flooders = await Promise.all([2, 3, 4].map((last) => arena.stranger(room, { address: `127.0.0.${last}` })));
      victim.deaf();
      const frame = new Uint8Array(60_000);
      for (let i = 0; i < 600; i++) for (const flooder of flooders) flooder.frame(victim.id, frame);
      for (let i = 0; i < 300; i++) for (const flooder of flooders) flooder.frame(victim.id, frame.subarray(0, 100)); // into the last gap
      await arena.until('the flood is under way', () => flooders.every(({ socket }) => socket.bufferedAmount === 0));
      await answered(arena, flooders);
      honest.send(victim.id, { t: 'refuse', fed: room, code: 'stale', about: room, field: 'a word' });
      await answered(arena, [honest]);
      victim.socket.resume();
      const came = await arena.comes(() => victim.heard.some(({ from }) => from === honest.id), 6000);
      return { succeeded: !came, evidence: { came } };
    },
  },
  {
    name: 'sockets-that-never-read',
    finding: '40 sockets that never read but answer pings: memory 178 → 890 MB',
    held: false,
    without: [
      {
        file: 'signaling/byte-budget.ts',
        find: 'if (before + bytes > Math.min(this.perAddress, this.total - this.#used - bytes)) return false;',
        put: '',
      },
      { file: 'signaling/server/server-socket.ts', find: 'if (this.#stalls())', put: 'if (false)' },
    ],
    async run(arena) {
      const { id: room } = await arena.found();
      const relay = await arena.relay();
      const deaf = await Promise.all(Array.from({ length: 40 }, (_, i) => arena.stranger(room, { address: `127.0.0.${2 + (i % 8)}` })));
      for (const one of deaf) one.deaf();
      const pongs = setInterval(() => {
        for (const { socket } of deaf) socket.pong();
      }, 500);
      const frame = new Uint8Array(60_000);
      for (let i = 0; i < 400; i++) {
        for (const [at, one] of deaf.entries()) one.frame(deaf[(at + 1) % deaf.length]!.id, frame);
        await arena.sleep(0);
      }
      await arena.until('all is said', () => deaf.every(({ socket }) => socket.bufferedAmount === 0));
      await arena.sleep(1000);
      clearInterval(pongs);
      const grownMB = Math.round(relay.memory().peak - arena.baseline);
      return { succeeded: grownMB > 1.5 * MEMORY_BUDGET_MB, evidence: { grownMB, saidMB: Math.round((40 * 400 * 60_000) / 2 ** 20) } };
    },
  },
  {
    name: 'half-messages-crowd-out',
    finding: 'half-arrived messages stay at a seat and leave no place for whole ones',
    held: false,
    without: [
      {
        file: 'signaling/byte-budget.ts',
        find: 'if (before + bytes > Math.min(this.perAddress, this.total - this.#used - bytes)) return false;',
        put: 'if (this.#used + bytes > this.total) return false;',
      },
    ],
    async run(arena) {
      const { id: room, seat } = await arena.found();
      const honest = await arena.stranger(room, { address: '127.0.0.9' });
      const flooders: Stranger[] = [];
      while (flooders.length < 72) flooders.push(await arena.stranger(room, { address: ELSEWHERE }));
      for (const flooder of flooders) {
        const queue = new FrameQueue();
        queue.push(new Uint8Array(1.6 * 2 ** 20));
        for (let i = 0; i < 100; i++) flooder.frame(seat, queue.next()!); // all but the end of it
      }
      await answered(arena, flooders);
      honest.send(seat, new Uint8Array(2 * 2 ** 20).fill(255)); // what is no message is refused, once it has arrived
      const came = await arena.comes(() => honest.heard.some(({ message }) => message.t === 'refuse'), 6000);
      return { succeeded: !came, evidence: { halves: flooders.length, came } };
    },
  },
  {
    name: 'garbage-costs-nothing',
    finding: 'frames that are none, without end',
    held: false,
    without: [
      {
        file: 'signaling/server/local-seat.ts',
        find: 'if (message instanceof MeshError) session?.blame(from);',
        put: 'if (message instanceof MeshError) return;',
      },
    ],
    async run(arena) {
      const { id: room, seat } = await arena.found();
      const stranger = await arena.stranger(room, { address: ELSEWHERE });
      for (let i = 0; i < 200; i++) stranger.frame(seat, new Uint8Array(20).fill(99));
      const closed = await arena.comes(() => stranger.closed !== null, 3000);
      return { succeeded: !closed, evidence: { code: stranger.closed } };
    },
  },
  {
    name: 'refused-upgrades-stay',
    finding: 'a refused upgrade is half closed, and stays for as long as its other end likes',
    held: false,
    without: [
      {
        file: 'signaling/server/end-soon.ts',
        find: 'const timer = setTimeout(() => stream.destroy(), LAST_WORDS_MS);',
        put: 'const timer = setTimeout(() => {}, LAST_WORDS_MS);',
      },
    ],
    async run(arena) {
      const relay = await arena.relay();
      const before = relay.descriptors();
      for (let i = 0; i < 100; i++) {
        const { hostname, port } = new URL(relay.url);
        const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
        socket.on('error', () => {});
        arena.end(() => socket.destroy());
        socket.write('GET /elsewhere HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      }
      await arena.sleep(1000);
      const gone = await arena.comes(() => relay.descriptors() < before + 50, 6000);
      return { succeeded: !gone, evidence: { before, after: relay.descriptors() } };
    },
  },
];

/** Waits until the relay has read everything that these have sent. */
async function answered(arena: Arena, strangers: readonly Stranger[]): Promise<void> {
  for (const { socket, control } of strangers) {
    const before = control.length;
    if (socket.readyState === socket.OPEN) socket.send('{"t":"ping"}');
    await arena.until('a pong', () => control.slice(before).some(({ t }) => t === 'pong') || socket.readyState !== socket.OPEN);
  }
}
