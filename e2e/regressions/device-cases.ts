/** What statisticians and members met: rules of manifests, rounds and threads. */
import { federationId, updateLength, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { openManifest, parseManifestBody } from '#protocol/manifest/open';
import { signBody } from '#protocol/identity';
import { checkPolicyFloor } from '#protocol/device-policy';
import { asMeshError } from '#protocol/errors';
import { CBOR_DEPTH_MAX } from '#protocol/limits';
import { MemoryStorage } from '#protocol/driver/memory-storage';
import { openDriver } from '#protocol/driver/open';
import { aggregateHere } from '#protocol/robust/rule';
import { systemEnvironment } from '#signaling/environment';
import { openTrainerEndpoint } from '#workers/rows/trainer-endpoint';
import { loadNumerics } from '#wasm/load-node';
import { rowsText, smallManifest } from '../attack/federation.ts';
import { newIdentity } from '../attack/stranger.ts';
import type { Case } from './case.ts';

const codeOf = (body: unknown): string => {
  try {
    checkPolicyFloor(parseManifestBody(body));
    return 'taken';
  } catch (error) {
    return asMeshError(error).code;
  }
};

const small = async (privacy: Partial<ManifestBody['privacy']> = {}, rounds = 30): Promise<ManifestBody> => {
  const { id } = await newIdentity();
  const base = smallManifest(id, id, {}, rounds);
  return { ...base, privacy: { ...base.privacy, ...privacy } };
};

/** Whether there are numbers by the many in an answer, as rows and labels are. */
function holdsRows(value: unknown, depth = 0): boolean {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return true;
  if (depth > CBOR_DEPTH_MAX || typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((one) => holdsRows(one, depth + 1));
}

export const cases: readonly Case[] = [
  {
    name: 'delta-has-a-floor',
    finding: 'δ of 10⁻¹² in a stranger’s federation: rounds that ε = 1 buys fall from 35 to 7',
    right: { '1e-12': 'manifest-unsafe', '1e-9': 'taken' },
    async run() {
      return { '1e-12': codeOf(await small({ delta: 1e-12 })), '1e-9': codeOf(await small({ delta: 1e-9, sigma: 20 })) };
    },
  },
  {
    name: 'bound-of-a-likely-lot',
    finding: 'a lie of 4,142 C passes where a lot is Poisson(q): the bound uses all rows',
    right: { belowAllRows: true, aboveAnExpectedLot: true },
    async run() {
      const body = await small({ rate: 0.01, rowsMax: 4000 });
      const { sigma, gridBits, rate, rowsMax } = body.privacy;
      const inClips = updateNormMax(body) / 2 ** gridBits;
      const noise = sigma * (Math.sqrt(updateLength(body)) + 6);
      return { belowAllRows: inClips < noise + rowsMax / 10, aboveAnExpectedLot: inClips > noise + rate * rowsMax };
    },
  },
  {
    name: 'a-listener-that-throws',
    finding: 'a listener that throws stops the peer for good',
    right: { failed: false, told: true },
    async run(arena) {
      const identity = await newIdentity();
      const body = smallManifest(identity.id, identity.id);
      const manifest = await openManifest(await signBody(identity, body));
      const faults: string[] = [];
      let throws = 0;
      const host = await openDriver({
        manifest,
        identity,
        storage: new MemoryStorage(),
        environment: systemEnvironment,
        aggregate: aggregateHere,
        onEvent: () => {},
        onChange: () => {
          if (throws++ < 3) throw new Error('a bug of a listener');
        },
        onFault: (error) => void faults.push(error.message),
      });
      arena.end(() => host.close());
      host.start({ peers: () => [], send: () => {} });
      host.setMode('paused');
      await host.settled();
      return { failed: host.failed, told: faults.length > 0 };
    },
  },
  {
    name: 'rows-stay-with-the-trainer',
    finding: 'rows are copied whole into the thread with the sockets',
    right: { answersWithRows: [] },
    async run(arena) {
      const trainer = openTrainerEndpoint(loadNumerics(), () => Promise.reject(new Error('no samples')));
      arena.end(() => trainer.close());
      const body = await small();
      const id = federationId(body);
      await trainer.open(body);
      const answers = {
        load: await trainer.load({ text: rowsText(1) }),
        keep: await trainer.keep(id),
        restore: await trainer.restore(id),
        release: await trainer.release(),
      };
      return { answersWithRows: Object.entries(answers).flatMap(([name, answer]) => (holdsRows(answer) ? [name] : [])) };
    },
  },
];
