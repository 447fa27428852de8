/** Waiting for what usually takes a second, without hanging on it: an accountant's answer, a relay's records. */

const PATIENCE_MS = 4000;

/** Waits for work a while, and lets it go on: `late` then says that nobody waits any more. Failing is as good as having found nothing. */
export async function withTimeout(work: (late: () => boolean) => Promise<void>, ms: number = PATIENCE_MS): Promise<void> {
  let late = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work(() => late).catch(() => {}), patience]);
  clearTimeout(timer);
  late = true;
}
