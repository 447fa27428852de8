/** Every certified record of a federation, in their order, as its relay has them. */
import type { Hash } from '#protocol/codec';
import type { CertifiedRecord } from '#protocol/round/messages';
import { fetchRecords } from '#signaling/relay-signed';

export async function allRecords(relay: string, federation: string): Promise<CertifiedRecord[]> {
  const found: CertifiedRecord[] = [];
  for (;;) {
    const page = await fetchRecords(relay, federation as Hash, (found.at(-1)?.record.round ?? 0) + 1);
    if (page.length === 0) return found;
    found.push(...(page as readonly CertifiedRecord[]));
  }
}
