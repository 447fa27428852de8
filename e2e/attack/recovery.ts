/** Attacks on a relay's recovery: its process is killed in the middle of rounds. */
import { decode } from '#protocol/codec';
import type { CertifiedRecord } from '#protocol/round/messages';
import type { Attack } from './attack.ts';
import { request } from './request.ts';

export const attacks: readonly Attack[] = [
  {
    name: 'kill-in-mid-round',
    finding: 'kill -9: rounds go on after a restart, from the record that was decided',
    held: true,
    without: [
      {
        file: 'relay/store/federation-storage.ts',
        find: 'append: append.map(recordRow),',
        put: 'append: append.slice(0, 0).map(recordRow),',
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
      // Members bring a seat that forgot everything to the newest record; earlier records are only on the relay.
      const { body } = await request(`${relay.url.replace(/\/$/, '')}/api/federations/${honest.federation.id}/records?from=1&limit=1`);
      const [first] = decode(body) as CertifiedRecord[];
      const firstKept = first?.record.round ?? null;
      return { succeeded: !on || firstKept !== 1, evidence: { before, after: honest.models(), firstKept } };
    },
  },
];
