/**
 * Headless members as a separate program: `members.ts RELAY FEDERATION COUNT`. Each prints its state as lines of JSON: {member, models,
 * skips, contributed, spent, activity}.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHeadlessPeer } from '#workers/peer/headless';
import { rowsText } from './federation.ts';

const [relay, federation, count] = process.argv.slice(2) as [string, string, string];
const folder = await mkdtemp(join(tmpdir(), 'mesh-members-'));
const opened = Array.from({ length: Number(count) }, (_, member) =>
  openHeadlessPeer({
    relay,
    federation,
    folder: join(folder, String(member)),
    data: { text: rowsText(member + 1) },
    onSnapshot({ self, models, skips, contributed, activity, problem, budget: { spent } }) {
      process.stdout.write(`${JSON.stringify({ member, self, models, skips, contributed, activity, problem, spent })}\n`);
    },
  }),
);
const peers = await Promise.all(opened);
process.on('SIGTERM', () => {
  void Promise.all(peers.map((peer) => peer.close()))
    .then(() => rm(folder, { recursive: true, force: true }))
    .then(() => process.exit(0));
});
