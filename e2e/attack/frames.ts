/** Attacks by WebSocket frames: compressed, fragmented without end, or only pings. */
import type { Attack, Cut } from './attack.ts';

const ELSEWHERE = '127.0.0.2';
const MB = 1024 * 1024;
const PAYLOAD: Cut = { file: 'signaling/server/server.ts', find: 'maxPayload: SIGNAL_FRAME_BYTES_MAX,', put: 'maxPayload: 2 ** 30,' };

export const attacks: readonly Attack[] = [
  {
    name: 'compression-bomb',
    finding: 'compression bombs: 100 MB of zeros in frames of 100 kB',
    held: true,
    without: [PAYLOAD, { file: 'signaling/server/server.ts', find: 'perMessageDeflate: false,', put: 'perMessageDeflate: true,' }],
    async run(arena) {
      const relay = await arena.relay();
      const { id } = await arena.found();
      const stranger = await arena.stranger(id, { address: ELSEWHERE, socket: { perMessageDeflate: { threshold: 0 } } });
      const compressed = stranger.socket.extensions !== '';
      const before = relay.memory().peak;
      if (compressed) for (let i = 0; i < 4; i++) stranger.socket.send(new Uint8Array(25 * MB), { binary: true, compress: true });
      await arena.sleep(3000);
      const grown = relay.memory().peak - before;
      return { succeeded: compressed && grown > 40, evidence: { compressed, grownMB: Math.round(grown) } };
    },
  },
  {
    name: 'fragments-without-end',
    finding: 'fragments: one message in pieces that never ends',
    held: true,
    without: [PAYLOAD],
    async run(arena) {
      const relay = await arena.relay();
      const { id } = await arena.found();
      const stranger = await arena.stranger(id, { address: ELSEWHERE });
      const piece = new Uint8Array(2 * MB);
      let sent = 0;
      while (stranger.closed === null && sent < 64 * MB) {
        stranger.socket.send(piece, { binary: true, fin: false }, () => {});
        sent += piece.length;
        if (stranger.socket.bufferedAmount > 4 * MB) await arena.sleep(5);
      }
      await arena.comes(() => stranger.closed !== null, 2000);
      return {
        succeeded: stranger.closed === null,
        evidence: { sentMB: Math.round(sent / MB), code: stranger.closed, peakMB: relay.memory().peak },
      };
    },
  },
  {
    name: 'ping-flood',
    finding: 'ping floods: pings as fast as they go, whose answers nobody reads',
    held: true,
    without: [
      {
        file: 'signaling/server/server-socket.ts',
        find: '      this.#charge(data.length);\n',
        put: '      this.#heard = data.length >= 0;\n',
      },
    ],
    async run(arena) {
      const { id } = await arena.found();
      const stranger = await arena.stranger(id, { address: ELSEWHERE });
      const data = new Uint8Array(125);
      let sent = 0;
      while (sent < 40_000 && stranger.closed === null) {
        for (let i = 0; i < 500; i++) stranger.socket.ping(data, true, () => {});
        sent += 500;
        await arena.sleep(2);
      }
      await arena.comes(() => stranger.closed !== null, 3000);
      return { succeeded: stranger.closed === null, evidence: { sent, code: stranger.closed } };
    },
  },
];
