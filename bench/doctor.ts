/**
 * The data doctor against bare papaparse, on one file in one run: UCI Adult repeated to 10^6 rows, read from disk piece by piece. A
 * participant's load does all checks, encodes 14 columns, hashes and keeps every row; a founder's pass draws a sample from the whole file,
 * counts the values of each column and reports progress. Papaparse splits the same bytes into cells and drops them. They alternate; figures
 * are medians, and the slower of the two is judged. Rows are kept as the product keeps them, categories as the index of their value; the
 * time to write them all into one tensor, as joining does later, is printed beside it, with the ratio that counts it. Memory is the growth
 * of a new process's resident set at its peak, minus what is kept.
 * Needs Node's --expose-gc, and the Adult data (`npm run data`).
 */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, openAsBlob } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import Papa from 'papaparse';
import { readSample } from '#workers/founding/sample';
import { RowCode } from '#workers/loader/table/row-code';
import { readTable } from '#workers/loader/table/table';
import { tensorsOf } from '#workers/loader/lines/stored-rows';
import { lacking, percentile, round, verdict } from '../e2e/verdict.ts';
import { dataFile } from '../scripts/data-place.ts';
import { ADULT_TASK } from '../workers/loader/adult.fixture.ts';

const adult = () => dataFile('adult', 'adult-train.csv');
const ROWS = 1_000_000;
const REPEATS = 9;
const TARGETS = { ratioMin: 0.5, bytesARowMax: 16, bytesMax: 64 * 2 ** 20 } as const;
const SAMPLE_MS = 2;

interface Run {
  readonly rows: number;
  readonly ms: number;
  /** Of all threads of the process. */
  readonly cpuMs: number;
  /** Growth of the resident set, in bytes. */
  readonly peak: number;
  /** Bytes returned by the run. */
  readonly kept: number;
  /** Milliseconds to write what was kept into one tensor, afterwards. */
  readonly tensorMs: number;
}

async function repeated(path: string): Promise<void> {
  const lines = (await readFile(adult(), 'utf8')).trimEnd().split('\n');
  const out = createWriteStream(path);
  for (let written = 0; written < ROWS; written += lines.length) out.write(`${lines.slice(0, ROWS - written).join('\n')}\n`);
  out.end();
  await finished(out);
}

/** What is measured; `tensor` runs after it. */
type Work = () => Promise<{ rows: number; kept: number; tensor?: () => void }>;

async function measured(work: Work): Promise<Run> {
  globalThis.gc!();
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = () => (peak = Math.max(peak, process.memoryUsage.rss()));
  const timer = setInterval(look, SAMPLE_MS);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { rows, kept, tensor } = await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(timer);
  look();
  const then = performance.now();
  tensor?.();
  const tensorMs = performance.now() - then;
  return { rows, ms, cpuMs: (user + system) / 1000, peak: peak - before, kept, tensorMs };
}

const bare = (path: string) =>
  measured(
    () =>
      new Promise((resolve, reject) => {
        let rows = 0;
        Papa.parse(createReadStream(path), {
          delimiter: ',',
          newline: '\n',
          chunk: ({ data }) => void (rows += data.length),
          complete: () => resolve({ rows, kept: 0 }),
          error: reject,
        });
      }),
  );

const doctor = (path: string) =>
  measured(async () => {
    const { rows, raw } = await readTable(await openAsBlob(path), ADULT_TASK, ROWS, { bytesMax: 2 ** 30, raw: true });
    const count = rows.y.length;
    const coded = count * Float32Array.BYTES_PER_ELEMENT * new RowCode(ADULT_TASK).kept;
    return { rows: count, kept: coded + rows.y.byteLength + raw!.byteLength, tensor: () => void tensorsOf(rows) };
  });

const founder = (path: string) =>
  measured(async () => {
    let told = 0;
    const { total } = await readSample(await openAsBlob(path), { progress: (share) => (told = share), stopped: () => false });
    return { rows: told === 1 ? total : 0, kept: 0 };
  });

/** Runs the doctor in a new process, so that its memory use is not hidden by earlier allocations. */
async function inFreshProcess(path: string): Promise<Run> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', import.meta.filename, path]);
  return JSON.parse(stdout) as Run;
}

type Turn = Readonly<Record<'bare' | 'doctor' | 'founder', Run>>;

const median = (runs: readonly Turn[], of: (run: Turn) => number) => percentile(runs.map(of), 0.5);

/** Papaparse's time over ours, per turn. */
const ratioOf = (runs: readonly Turn[], whose: 'doctor' | 'founder', time: 'ms' | 'cpuMs') =>
  round(
    median(runs, (run) => run.bare[time] / run[whose][time]),
    3,
  );

const ratioWithTensor = (runs: readonly Turn[]) =>
  round(
    median(runs, ({ bare: theirs, doctor: ours }) => theirs.ms / (ours.ms + ours.tensorMs)),
    3,
  );

async function main(): Promise<void> {
  if (!existsSync(adult())) return lacking('bench:doctor', 'adult', TARGETS);
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  try {
    const path = join(folder, 'adult.csv');
    await repeated(path);
    const first = await inFreshProcess(path);
    await bare(path);
    await doctor(path);
    await founder(path);
    const runs: Turn[] = [];
    for (let i = 0; i < REPEATS; i++) {
      // They take turns going first, because temperature and other load change over time.
      const early = i % 2 === 0 ? null : await doctor(path);
      const theirs = await bare(path);
      runs.push({ bare: theirs, doctor: early ?? (await doctor(path)), founder: await founder(path) });
    }
    const beyond = first.peak - first.kept;
    const allowed = TARGETS.bytesARowMax * ROWS + TARGETS.bytesMax;
    const whole = [first, ...runs.flatMap(Object.values<Run>)].every(({ rows }) => rows === ROWS);
    const [load, sample] = [ratioOf(runs, 'doctor', 'ms'), ratioOf(runs, 'founder', 'ms')];
    const figures = {
      ratio: Math.min(load, sample),
      ratioOfLoad: load,
      ratioOfSample: sample,
      ratioWithTensor: ratioWithTensor(runs),
      ratioOfCpuTime: { load: ratioOf(runs, 'doctor', 'cpuMs'), sample: ratioOf(runs, 'founder', 'cpuMs') },
      rowsPerSecond: Math.round((1000 * ROWS) / median(runs, (run) => run.doctor.ms)),
      tensorMs: Math.round(median(runs, (run) => run.doctor.tensorMs)),
      sampleRowsPerSecond: Math.round((1000 * ROWS) / median(runs, (run) => run.founder.ms)),
      papaparseRowsPerSecond: Math.round((1000 * ROWS) / median(runs, (run) => run.bare.ms)),
      rows: ROWS,
      everyRowRead: whole,
      keptBytes: first.kept,
      peakBytes: first.peak,
      peakBeyondKeptBytes: beyond,
      allowedBeyondKeptBytes: allowed,
      cpus: cpus().length,
    };
    verdict('bench:doctor', whole && figures.ratio >= TARGETS.ratioMin && beyond <= allowed, figures, TARGETS);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [given] = process.argv.slice(2);
if (given === undefined) await main();
else process.stdout.write(JSON.stringify(await doctor(given)));
