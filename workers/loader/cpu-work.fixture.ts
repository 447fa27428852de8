/** How much work something is for this process, however busy the machine is: compare two of them, since no machine is like another. */

/** @returns milliseconds of user and system time */
export async function cpuWork(run: () => unknown): Promise<number> {
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}
