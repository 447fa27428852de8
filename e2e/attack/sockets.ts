/** Attacks on the relay's socket: what a stranger can do to others, and to the process, before and after proving a key. */
import type { Attack } from './attack.ts';

const ELSEWHERE = '127.0.0.2';

export const attacks: readonly Attack[] = [
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
