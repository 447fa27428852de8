/**
 * The data doctor against bare papaparse, on one file in one run: UCI Adult repeated to 10^6 rows, read from disk piece by piece.
 * The doctor does all of its checks, encodes 14 columns and keeps every row; papaparse splits the same bytes into cells and drops them.
 * They alternate; figures are medians. Memory is a fresh process's resident set at its peak above what it was before, beside what the
 * tensors take.
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
import { loadTable } from '#workers/loader/table';
import { lacking, percentile, round, verdict } from '../e2e/verdict.ts';
import { dataFile } from '../house/data-place.ts';
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
  /** Of the resident set over its size before, in bytes. */
  readonly peak: number;
  /** Bytes that the run gave back. */
  readonly kept: number;
}

async function repeated(path: string): Promise<void> {
  const lines = (await readFile(adult(), 'utf8')).trimEnd().split('\n');
  const out = createWriteStream(path);
  for (let written = 0; written < ROWS; written += lines.length) out.write(`${lines.slice(0, ROWS - written).join('\n')}\n`);
  out.end();
  await finished(out);
}

async function measured(work: () => Promise<{ rows: number; kept: number }>): Promise<Run> {
  globalThis.gc!();
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = () => (peak = Math.max(peak, process.memoryUsage.rss()));
  const timer = setInterval(look, SAMPLE_MS);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { rows, kept } = await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(timer);
  look();
  return { rows, ms, cpuMs: (user + system) / 1000, peak: peak - before, kept };
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
    const { rows } = await loadTable(await openAsBlob(path), ADULT_TASK, ROWS, { bytesMax: 2 ** 30 });
    return { rows: rows.y.length, kept: rows.x.byteLength + rows.y.byteLength };
  });

/** The doctor in a process that has done nothing else: what memory it takes is not hidden in what others left behind. */
async function inFreshProcess(path: string): Promise<Run> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', import.meta.filename, path]);
  return JSON.parse(stdout) as Run;
}

const median = (runs: readonly Run[], of: (run: Run) => number) => percentile(runs.map(of), 0.5);

async function main(): Promise<void> {
  if (!existsSync(adult())) return lacking('bench:doctor', 'adult', TARGETS);
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  try {
    const path = join(folder, 'adult.csv');
    await repeated(path);
    const first = await inFreshProcess(path);
    await bare(path);
    await doctor(path);
    const runs: { bare: Run; doctor: Run }[] = [];
    for (let i = 0; i < REPEATS; i++) {
      // In turns who goes first, since a machine grows warm and others come and go.
      const early = i % 2 === 0 ? null : await doctor(path);
      const theirs = await bare(path);
      runs.push({ bare: theirs, doctor: early ?? (await doctor(path)) });
    }
    const ours = runs.map((run) => run.doctor);
    const theirs = runs.map((run) => run.bare);
    const beyond = first.peak - first.kept;
    const allowed = TARGETS.bytesARowMax * ROWS + TARGETS.bytesMax;
    const ratio = percentile(
      runs.map((run) => run.bare.ms / run.doctor.ms),
      0.5,
    );
    const whole = [first, ...ours].every(({ rows }) => rows === ROWS) && theirs.every(({ rows }) => rows === ROWS);
    const figures = {
      ratio: round(ratio, 3),
      ratioOfCpuTime: round(
        percentile(
          runs.map((run) => run.bare.cpuMs / run.doctor.cpuMs),
          0.5,
        ),
        3,
      ),
      rowsPerSecond: Math.round((1000 * ROWS) / median(ours, ({ ms }) => ms)),
      papaparseRowsPerSecond: Math.round((1000 * ROWS) / median(theirs, ({ ms }) => ms)),
      rows: ROWS,
      everyRowRead: whole,
      tensorBytes: first.kept,
      peakBytes: first.peak,
      peakBeyondTensorsBytes: beyond,
      allowedBeyondTensorsBytes: allowed,
      cpus: cpus().length,
    };
    verdict('bench:doctor', whole && ratio >= TARGETS.ratioMin && beyond <= allowed, figures, TARGETS);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [given] = process.argv.slice(2);
if (given === undefined) await main();
else process.stdout.write(JSON.stringify(await doctor(given)));
