/**
 * Prints at the end of `npm test` how many minutes it took and how busy the machine was, as one line of JSON like the verdict of a command
 * (e2e/verdict.ts). It does not judge on a busy machine, never changes the exit code, and is silent if only some tests ran.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Reporter, TestModule } from 'vitest/node';

const MINUTES_MAX = 8;
const PROJECTS = ['browser', 'e2e', 'node'];
const FILES_LEAST = 300;
/** Maximum load at the start, in cores, that leaves two to the tests. */
const BUSY = 0.5;

export class TestMinutes implements Reporter {
  readonly #began = performance.now();
  readonly #load = loadavg()[0]!;

  onTestRunEnd(modules: readonly TestModule[]): void {
    const projects = new Set(modules.map(({ project }) => project.name.replace(/ \(.*\)$/, '')));
    if (modules.length < FILES_LEAST || !PROJECTS.every((name) => projects.has(name))) return;
    const minutes = Number(((performance.now() - this.#began) / 60_000).toFixed(1));
    const cores = availableParallelism();
    const free = cores - this.#load;
    const pass = free < 2 - BUSY ? null : minutes <= MINUTES_MAX;
    const figures = { minutes, files: modules.length, cores, loadBefore: Number(this.#load.toFixed(1)) };
    process.stdout.write(`${JSON.stringify({ name: 'test', pass, figures, targets: { minutes: MINUTES_MAX, cores: 2 } })}\n`);
  }
}
