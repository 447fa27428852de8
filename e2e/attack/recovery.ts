/** Attacks on what a relay must not lose or doubt: its process killed in the middle of rounds. */
import type { Attack } from './attack.ts';

export const attacks: readonly Attack[] = [
  {
    name: 'kill-in-mid-round',
    finding: 'kill -9: rounds go on after a restart, from the record that was decided',
    held: true,
    without: [
      {
        file: 'relay/seat-cells.ts',
        find: 'await store.writeCells(fed, cells, gone, { record, state, now: Date.now() });',
        put: 'void [cells, gone, record, state];',
      },
    ],
    async run(arena) {
      const relay = await arena.relay();
      const honest = await arena.honest();
      await arena.until('some rounds', () => honest.models() >= 20);
      await relay.kill();
      const before = honest.models();
      await relay.restart();
      const on = await arena.comes(() => honest.models() >= before + 20, 40_000);
      return { succeeded: !on, evidence: { before, after: honest.models(), problem: honest.members[0]?.problem ?? null } };
    },
  },
];
