/**
 * `npm run prove -- privacy:audit`: audits the shipped engine against its accountant's epsilon; eight mutants must each be caught by at
 * least one check that the shipped engine passes.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { loadNumerics } from '#wasm/load-node';
import { manifestFixture } from '#workers/manifest.fixture';
import { round, verdict } from '../e2e/verdict.ts';
import { auditRun, billFault, canaryManifest, noiseFault, rateFault, sensitivityFault, type Setting } from './audit-checks.ts';
import { MUTANTS, shippedEngine, type Engine } from './audited-engines.ts';

const numerics = await loadNumerics();
const random: RandomFill = (into) => crypto.getRandomValues(into);
/** Little noise and many rounds, so that the audit is powerful; far outside a federation's limits. */
const manifest = canaryManifest(manifestFixture(), { sigma: 1.5, rate: 0.25, clip: 1, gridBits: 14, rowsMax: 1000, delta: 1e-5 });
const quiet = canaryManifest(manifestFixture(), { sigma: 1.5, rate: 0.02, clip: 1, gridBits: 14, rowsMax: 1000, delta: 1e-5 });
const settingOf = (of: ManifestBody): Setting => ({ manifest: of, parameters: new Float32Array(parameterCountOf(of)), random });
const ROUNDS = 40;

function parameterCountOf(of: ManifestBody): number {
  return of.task.kind === 'table' ? (of.task.columns.length + 1) * 2 : 0;
}

interface Judgement {
  readonly caughtBy: string[];
  readonly lowerBound: number;
  readonly claimed: number;
}

function judge(open: (of: ManifestBody) => Engine): Judgement {
  const caughtBy: string[] = [];
  const run = <T>(of: ManifestBody, ask: (engine: Engine, setting: Setting) => T): T => {
    const engine = open(of);
    try {
      return ask(engine, settingOf(of));
    } finally {
      engine.close();
    }
  };
  const audit = run(manifest, (engine, setting) => auditRun(engine, setting, ROUNDS));
  if (audit.lowerBound > audit.claimed)
    caughtBy.push(`audit: at least ${audit.lowerBound.toFixed(2)}, claimed ${audit.claimed.toFixed(2)}`);
  const questions = {
    noise: [manifest, noiseFault],
    sensitivity: [manifest, sensitivityFault],
    rate: [manifest, rateFault],
    bill: [quiet, billFault],
  } as const;
  for (const [name, [of, ask]] of Object.entries(questions)) {
    const fault = run(of, ask);
    if (fault !== null) caughtBy.push(`${name}: ${fault}`);
  }
  return { caughtBy, ...audit };
}

const shipped = judge((of) => shippedEngine(numerics, of));
process.stdout.write(
  `as shipped: audit proves at least ${shipped.lowerBound.toFixed(3)} of ${shipped.claimed.toFixed(3)}; faults ${shipped.caughtBy.length}\n`,
);
const caught: Record<string, readonly string[]> = {};
for (const [name, mutant] of Object.entries(MUTANTS)) {
  caught[name] = judge((of) => mutant(numerics, of)).caughtBy;
  process.stdout.write(`${name}: ${caught[name].join('; ') || 'not caught'}\n`);
}
const found = Object.values(caught).filter((by) => by.length > 0).length;
const total = Object.keys(MUTANTS).length;
verdict(
  'privacy:audit',
  shipped.caughtBy.length === 0 && found === total,
  {
    lowerBound: round(shipped.lowerBound),
    claimed: round(shipped.claimed),
    falseAlarms: shipped.caughtBy.length,
    mutantsCaught: found,
    mutants: total,
  },
  { lowerBound: 'at most claimed', falseAlarms: 0, mutantsCaught: total },
);
