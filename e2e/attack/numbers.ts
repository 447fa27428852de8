/** Attacks that read rows from updates: noise that is not added, rows drawn more often than paid for, gradients not clipped. */
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { checkDevicePolicy, POLICY_FLOOR } from '#protocol/device-policy';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { loadNumerics } from '#wasm/load-node';
import { canaryManifest, noiseFault, rateFault, sensitivityFault, type Setting } from '../../bench/audit-checks.ts';
import { shippedEngine, type Engine } from '../../bench/audited-engines.ts';
import type { Attack, Outcome } from './attack.ts';
import { smallManifest } from './federation.ts';
import { newIdentity } from './stranger.ts';

const random: RandomFill = (into) => crypto.getRandomValues(into);

/** An auditor's findings in updates of this tree's trainer. */
async function audited(check: (engine: Engine, setting: Setting) => string | null): Promise<Outcome> {
  const { id } = await newIdentity();
  const privacy = { sigma: 1.5, rate: 0.25, clip: 1, gridBits: 14, rowsMax: 1000, delta: 1e-5 };
  const manifest = canaryManifest(smallManifest(id, id, {}, 100), privacy);
  const engine = shippedEngine(await loadNumerics(), manifest);
  const columns = manifest.task.kind === 'table' ? manifest.task.columns.length : 0;
  const fault = check(engine, { manifest, parameters: new Float32Array((columns + 1) * 2), random });
  engine.close();
  return { succeeded: fault !== null, evidence: { fault } };
}

const UNSAFE: readonly Partial<ManifestBody['privacy']>[] = [
  { sigma: POLICY_FLOOR.sigmaMin / 2 },
  { sigma: 0 },
  { epsilon: POLICY_FLOOR.epsilonMax * 2 },
  { delta: POLICY_FLOOR.deltaMax * 10 },
];

export const attacks: readonly Attack[] = [
  {
    name: 'noise-left-out',
    finding: 'noise really added: deviation over claim 0.997–1.005, no two rounds the same',
    held: true,
    without: [
      {
        file: 'workers/trainer/exact-noise.ts',
        find: 'into.set(count === sums.length ? sums : sums.subarray(0, count));',
        put: 'into.set(sum);',
      },
    ],
    run: () => audited(noiseFault),
  },
  {
    name: 'rows-drawn-too-often',
    finding: 'Poisson rate: each row in a lot as often as the bill says',
    held: true,
    without: [
      { file: 'workers/trainer/trainer.ts', find: 'this.#drawn.length, privacy.rate,', put: 'this.#drawn.length, privacy.rate * 2,' },
    ],
    run: () => audited(rateFault),
  },
  {
    name: 'row-beyond-the-clip-norm',
    finding: 'clipping: no row moves a sum by more than C',
    held: true,
    without: [
      {
        file: 'workers/trainer/trainer.ts',
        find: 'const { clip, gridBits, perLayer = false } = privacy;',
        put: 'const { clip, gridBits, perLayer = false } = { ...privacy, clip: privacy.clip * 64, gridBits: privacy.gridBits + 6 };',
      },
    ],
    run: () => audited(sensitivityFault),
  },
  {
    name: 'unsafe-manifest',
    finding: 'unsafe manifest settings: noise below the floor, ε and δ above what a device takes',
    held: true,
    without: [{ file: 'protocol/device-policy.ts', find: '  checkPolicyFloor(m);\n', put: '' }],
    async run() {
      const { id } = await newIdentity();
      const base = smallManifest(id, id, {}, 10);
      const taken: (typeof UNSAFE)[number][] = [];
      for (const privacy of UNSAFE) {
        const body = parseManifestBody({ ...base, privacy: { ...base.privacy, ...privacy } });
        // The price of the rounds has its own check.
        await checkDevicePolicy(body, () => 0).then(
          () => taken.push(privacy),
          () => {},
        );
      }
      return { succeeded: taken.length > 0, evidence: { settings: UNSAFE.length, taken } };
    },
  },
];
