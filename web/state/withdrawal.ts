/** Whether a project has ended, for pages that do not follow it. */
import type { Manifest } from '#protocol/manifest/manifest';
import { openWithdrawal } from '#protocol/manifest/withdrawal';
import { fetchWithdrawal } from '#signaling/relay-signed';
import { ANSWER_MS, fetchFederations, relayAddress } from './relay.ts';

/** By its steward's signature. A project on the relay's list has not ended; asking for its withdrawal would be an error in the console. */
export async function hasEnded(manifest: Manifest): Promise<boolean> {
  const list = await fetchFederations();
  if (!list.ok || list.value.some(({ id }) => id === manifest.id)) return false;
  try {
    await openWithdrawal(await fetchWithdrawal(relayAddress(), manifest.id, { answerMs: ANSWER_MS }), manifest);
    return true;
  } catch {
    return false;
  }
}
