/**
 * One address that floods a relay, as a program of its own: `class-flood.ts RELAY FEDERATION ADDRESS`. Bare sockets, requests, and members
 * with a key that nobody has seen, who join every round and never send an update; whoever is turned away comes again at once. Ends by
 * SIGTERM, after one line of JSON with what it did and how often it was refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { relayId } from './attack/federation.ts';
import { dial, request } from './attack/request.ts';
import { followSlots } from './attack/rounds.ts';
import { Stranger } from './attack/stranger.ts';

/** At once, each; more than a relay gives one address. */
const [SOCKETS, REQUESTS, JOINERS] = [100, 8, 48] as const;
/** How long a socket that says nothing is kept, if it may. */
const HELD_MS = 5000;
const JOINER_MS = 10_000;
/** Less than a flood's turn, so that one that is refused at once does not only measure this machine. */
const PAUSE_MS = 20;

const [relay, fed, address] = process.argv.slice(2) as [string, Hash, string];
const count = { connections: 0, connectionsRefused: 0, requests: 0, requestsRefused: 0, keys: 0, keysRefused: 0, joins: 0 };

async function holdSocket(): Promise<void> {
  const socket = await dial(relay, address);
  count.connections++;
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1', 0, 20)));
  socket.write(`GET /mesh HTTP/1.1\r\nHost: ${new URL(relay).host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`);
  socket.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([closed, sleep(HELD_MS)]);
  if (!answer.startsWith('HTTP/1.1 101')) count.connectionsRefused++;
  socket.destroy();
}

async function ask(): Promise<void> {
  count.requests++;
  const { status } = await request(`${relay}/api/federations`, { address });
  if (status !== 200) count.requestsRefused++;
}

async function joinSilently(seat: PeerId): Promise<void> {
  count.keys++;
  const stranger = await Stranger.enter(relay, fed, { address }).catch(() => null);
  if (stranger === null) return void count.keysRefused++;
  followSlots(stranger, seat, ({ round, state }) => {
    count.joins++;
    void stranger.sign({ t: 'join', fed, epoch: 0, round, state }).then((signed) => stranger.send(seat, { t: 'join', signed }));
  });
  const end = Date.now() + JOINER_MS;
  while (stranger.closed === null && Date.now() < end) await sleep(100);
  stranger.close();
}

/** Again and again, so many at once; an error is one more way of being refused. */
function forever(times: number, act: () => Promise<void>, refused: () => void): void {
  for (let i = 0; i < times; i++) {
    void (async () => {
      for (;;) {
        await act().catch(refused);
        await sleep(PAUSE_MS);
      }
    })();
  }
}

const seat = await relayId(relay, address);
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(count)}\n`, () => process.exit(0));
});
forever(SOCKETS, holdSocket, () => count.connectionsRefused++);
forever(REQUESTS, ask, () => count.requestsRefused++);
forever(
  JOINERS,
  () => joinSilently(seat),
  () => count.keysRefused++,
);
