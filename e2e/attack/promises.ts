/** Attacks on a federation's promises: rounds beyond T, reviving a finished federation, and a name that leads to a stranger's terms. */
import { signBody } from '#protocol/identity';
import { openManifest } from '#protocol/manifest/open';
import { openDriver } from '#protocol/driver/open';
import { aggregateHere } from '#protocol/robust/rule';
import { systemEnvironment } from '#signaling/environment';
import { findFederation } from '#workers/peer/find-federation';
import { MemoryStorage } from '#protocol/driver/memory-storage';
import { openNodePlatform } from '#workers/peer/platform-node';
import type { Arena } from './arena.ts';
import type { Attack, Cut } from './attack.ts';
import { privacyOf, type Founded } from './federation.ts';
import { followSlots } from './rounds.ts';
import { newIdentity } from './stranger.ts';
import { joins, loads, victimOf, type Victim } from './victim.ts';

const ELSEWHERE = '127.0.0.2';
const ALONE = { rounds: { minContributors: 1, maxContributors: 4, joinWindowMs: 50, deadlineMs: 2000, takeoverMs: 1000 } };
/** A budget for this many rounds buys some more by the deciding accountant, so only T ends it. */
const T = 20;
const PRIVACY = privacyOf(4, T);
/** Removes T's effect. */
const ENDLESS: readonly Cut[] = [
  {
    file: 'protocol/round/slot.ts',
    find: 'return head.record.models >= config.modelsMax;',
    put: 'return head.record.models > 10 * config.modelsMax;',
  },
  { file: 'protocol/round/judge.ts', find: "if (record.models > config.modelsMax) return 'invalid';", put: '' },
  { file: 'protocol/round/record.ts', find: 'if (record.models > config.modelsMax) return false;', put: '' },
];

const paidBy = async (victim: Victim) => (await victim.ledger()).filter(({ kind }) => kind === 'reserve').length;

async function trainsToTheEnd(arena: Arena, federation: Founded): Promise<Victim> {
  const victim = await victimOf(arena, (await arena.relay()).url, federation);
  await loads(victim);
  await joins(victim, federation);
  await arena.until('all rounds', () => (victim.snapshot()?.contributed ?? 0) >= T);
  return victim;
}

export const attacks: readonly Attack[] = [
  {
    name: 'rounds-beyond-t',
    finding: 'T is no cap: “up to 30 rounds” did 35. Here a seat of a stranger’s goes on calling rounds, and its budget would buy them',
    held: false,
    without: ENDLESS,
    async run(arena) {
      const identity = await newIdentity();
      const federation = await arena.found({ ...ALONE, privacy: PRIVACY, seats: { kind: 'home', relays: [identity.id] } });
      const manifest = await openManifest(await signBody(federation.steward, federation.body));
      const platform = await openNodePlatform((await arena.relay()).url, await arena.folder());
      const [environment, aggregate] = [systemEnvironment, aggregateHere];
      const options = { manifest, identity, storage: new MemoryStorage(), environment, aggregate, onEvent: () => {}, onFault: () => {} };
      const seat = await openDriver(options);
      // A modified program, which ignores T.
      Object.assign(seat.core, { config: { ...seat.core.config, modelsMax: 10 * T } });
      const events = {
        message: seat.receive.bind(seat),
        peers: seat.peers.bind(seat),
        relay: () => {},
      };
      const transport = platform.open(manifest, identity, events, () => {});
      arena.end(async () => {
        await seat.close();
        transport.close();
        await platform.close();
      });
      seat.start(transport);
      const victim = await trainsToTheEnd(arena, federation);
      await arena.comes(async () => (await paidBy(victim)) > T, 5000);
      const paid = await paidBy(victim);
      return { succeeded: paid > T, evidence: { promised: T, paid, called: seat.core.slot.open !== null } };
    },
  },
  {
    name: 'newcomer-revives-a-finished-federation',
    finding: '“The federation has finished”, and two fresh members revived it to round 70; who joined it paid for nothing',
    held: false,
    without: ENDLESS,
    async run(arena) {
      const federation = await arena.found({ ...ALONE, privacy: PRIVACY });
      const { id: fed, seat } = federation;
      const { url } = await arena.relay();
      await trainsToTheEnd(arena, federation);
      const stranger = await arena.stranger(fed, { address: ELSEWHERE });
      let called = 0;
      stranger.on(({ message }) => void (called += message.t === 'open' ? 1 : 0));
      followSlots(stranger, seat, ({ round, state }) => {
        void stranger.sign({ t: 'join', fed, epoch: 0, round, state }).then((signed) => stranger.send(seat, { t: 'join', signed }));
      });
      const newcomer = await victimOf(arena, url, federation);
      await loads(newcomer, 2);
      await arena.until('the newest model', () => (newcomer.snapshot()?.made ?? 0) >= T);
      const answer = await newcomer.peer.join(federation.body.privacy.epsilon, federation.body.consent);
      await arena.comes(async () => (await paidBy(newcomer)) > 0, 5000);
      const paid = await paidBy(newcomer);
      return { succeeded: called > 0 || paid > 0, evidence: { called, paid, answer: answer.ok ? 'joined' : answer.error.code } };
    },
  },
  {
    name: 'squatted-name',
    finding: 'names of federations can be squatted: `npm run peer --federation NAME` takes the first and agrees to its text',
    held: false,
    without: [
      {
        file: 'workers/peer/find-federation.ts',
        find: 'const own = named.filter(({ steward }) => steward === host);',
        put: 'const own = host === "" ? [] : named.slice(0, 1);',
      },
    ],
    async run(arena) {
      const squatter = await arena.found({ ...ALONE, name: 'Ward survey', consent: 'Whatever the squatter likes.' });
      const { url } = await arena.relay();
      const named = await findFederation(url, 'Ward survey').then(
        ({ body }) => body.steward,
        ({ code }: { code: string }) => code,
      );
      return { succeeded: named === squatter.steward.id, evidence: { named } };
    },
  },
];
