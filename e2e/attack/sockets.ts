/** Attacks on the relay's socket: what a stranger can do to others, and to the process, before and after proving a key. */
import { once } from 'node:events';
import type { Attack } from './attack.ts';
import { challenged, helloOf, newIdentity } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';

/** Whether the relay takes this answer to a challenge. */
async function isWelcomed(socket: Awaited<ReturnType<typeof challenged>>['socket'], hello: string): Promise<boolean> {
  const answer = Promise.race([once(socket, 'message'), once(socket, 'close').then(() => [''])]) as Promise<[Buffer | string]>;
  socket.send(hello);
  const text = String((await answer)[0]);
  socket.terminate();
  return text !== '' && (JSON.parse(text) as { t: string }).t === 'welcome';
}

export const attacks: readonly Attack[] = [
  {
    name: 'challenge-of-another-key',
    finding: 'foreign challenges: a hello in somebody else’s name',
    held: true,
    without: [
      {
        file: 'signaling/server-socket.ts',
        find: 'if (!(await verifyBytes(peer, taggedBytes(proof.t, proof), fromBase64Url(hello.sig)))) {',
        put: 'if (false) {',
      },
    ],
    async run(arena) {
      const [{ url }, { id: room }] = [await arena.relay(), await arena.found()];
      const [victim, attacker] = [await newIdentity(), await newIdentity()];
      const { socket, nonce } = await challenged(url, { address: ELSEWHERE });
      const succeeded = await isWelcomed(socket, await helloOf(url, room, attacker, nonce, { id: victim.id }));
      return { succeeded, evidence: {} };
    },
  },
  {
    name: 'signals-close-a-victim',
    finding: 'any member can disconnect another: signal frames close a victim that does not read',
    held: false,
    without: [],
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
      return { succeeded: closed, evidence: { code: victim.closed, frames: 900 } };
    },
  },
];
