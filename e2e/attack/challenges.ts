/** Attacks on a socket's initial proof of a key: missing, late, replayed, or signed for another relay. */
import { once } from 'node:events';
import { taggedBytes, toBase64Url } from '#protocol/codec';
import type { HelloProof } from '#protocol/wire';
import type { Attack, Cut } from './attack.ts';
import { challenged, helloOf, newIdentity, type Challenged } from './stranger.ts';

const ELSEWHERE = '127.0.0.2';
const CHECKED: Cut = {
  file: 'signaling/server/server-socket.ts',
  find: 'if (!(await verifyBytes(peer, taggedBytes(proof.t, proof), fromBase64Url(hello.sig)))) {',
  put: 'if (false) {',
};

/** Whether the relay accepts this answer to a challenge. */
async function isWelcomed(socket: Challenged['socket'], hello: string): Promise<boolean> {
  if (socket.readyState !== socket.OPEN) return false;
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
    without: [CHECKED],
    async run(arena) {
      const [{ url }, { id: room }] = [await arena.relay(), await arena.found()];
      const [victim, attacker] = [await newIdentity(), await newIdentity()];
      const { socket, nonce } = await challenged(url, { address: ELSEWHERE });
      const succeeded = await isWelcomed(socket, await helloOf(url, room, attacker, nonce, { id: victim.id }));
      return { succeeded, evidence: {} };
    },
  },
  {
    name: 'no-challenge',
    finding: 'no challenges: a hello without any proof, and frames before one',
    held: true,
    without: [CHECKED],
    async run(arena) {
      const [{ url }, { id: room }, victim] = [await arena.relay(), await arena.found(), await newIdentity()];
      const [early, bare] = [await challenged(url, { address: ELSEWHERE }), await challenged(url, { address: ELSEWHERE })];
      early.socket.send(JSON.stringify({ t: 'signal', to: victim.id, data: 1 }));
      const [code] = (await once(early.socket, 'close')) as [number];
      const sig = toBase64Url(new Uint8Array(64).fill(1));
      const succeeded = await isWelcomed(bare.socket, await helloOf(url, room, await newIdentity(), bare.nonce, { id: victim.id, sig }));
      return { succeeded, evidence: { closeOfEarlyFrame: code } };
    },
  },
  {
    name: 'late-challenge',
    finding: 'late challenges: a socket that waits with its answer as long as it likes',
    held: true,
    without: [{ file: 'signaling/server/server-socket.ts', find: "() => this.refuse(new MeshError('hello-timeout'))", put: '() => {}' }],
    async run(arena) {
      const [{ url }, { id: room }] = [await arena.relay(), await arena.found()];
      const { socket, nonce } = await challenged(url, { address: ELSEWHERE });
      await arena.sleep(13_000);
      return { succeeded: await isWelcomed(socket, await helloOf(url, room, await newIdentity(), nonce)), evidence: {} };
    },
  },
  {
    name: 'replayed-challenge',
    finding: 'replayed challenges: the victim’s own hello, heard once, said again',
    held: true,
    without: [
      {
        file: 'signaling/server/server-socket.ts',
        find: 'toBase64Url(crypto.getRandomValues(new Uint8Array(32)))',
        put: 'toBase64Url(new Uint8Array(32))',
      },
    ],
    async run(arena) {
      const [{ url }, { id: room }] = [await arena.relay(), await arena.found()];
      const first = await challenged(url);
      const heard = await helloOf(url, room, await newIdentity(), first.nonce);
      const welcomed = await isWelcomed(first.socket, heard);
      const second = await challenged(url, { address: ELSEWHERE });
      return { succeeded: welcomed && (await isWelcomed(second.socket, heard)), evidence: { welcomed } };
    },
  },
  {
    name: 'challenge-of-another-relay',
    finding: 'foreign challenges: what a victim signed for a relay in the middle',
    held: true,
    without: [
      {
        file: 'signaling/server/server-socket.ts',
        find: 'origin: this.#context.origin() }',
        put: "origin: 'relay-in-the-middle.example' }",
      },
    ],
    async run(arena) {
      const [{ url }, { id: room }, victim] = [await arena.relay(), await arena.found(), await newIdentity()];
      const { socket, nonce } = await challenged(url, { address: ELSEWHERE });
      // The victim connected to another name, which relayed this relay's nonce.
      const proof: HelloProof = { t: 'hello', nonce, room, origin: 'relay-in-the-middle.example' };
      const sig = toBase64Url(await victim.sign(taggedBytes(proof.t, proof)));
      return { succeeded: await isWelcomed(socket, await helloOf(url, room, victim, nonce, { sig })), evidence: {} };
    },
  },
];
