/** How much work something is for this process, however busy the machine is: compared with other work, since no machine is like another. */

/** Times ordinary work of the same size. What grows with the square of the size takes hundreds. */
export const TIMES_MAX = 25;
/** Milliseconds below which work says little. */
const WORK_MIN = 20;

/** @returns times the work of `ordinary` */
export async function workTimes(run: () => unknown, ordinary: () => unknown): Promise<number> {
  const usual = Math.max(WORK_MIN, await cpuWork(ordinary));
  return (await cpuWork(run)) / usual;
}

/** @returns milliseconds of user and system time */
async function cpuWork(run: () => unknown): Promise<number> {
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}
