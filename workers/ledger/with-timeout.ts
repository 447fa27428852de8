/** Waits a limited time for work that usually takes a second: an accountant's answer, a relay's records. */

const PATIENCE_MS = 4000;

/** Stops waiting after `ms`, while the work continues: `late` then tells it that nobody waits. A failure counts as finding nothing. */
export async function withTimeout(work: (late: () => boolean) => Promise<void>, ms: number = PATIENCE_MS): Promise<void> {
  let late = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work(() => late).catch(() => {}), patience]);
  clearTimeout(timer);
  late = true;
}
