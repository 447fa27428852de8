/** Whether others can open a link that this page shows, and the link for them: only this device can open localhost. */
import { isOwnDevice } from '#signaling/relay-url';
import { fetchRelay, relayAddress } from './relay.ts';

export interface SharedLink {
  readonly url: string;
  /** Nobody else can open it. */
  readonly alone: boolean;
}

/**
 * @param url below the address of this page's relay
 * @param served the address of that relay, as this page reached it
 */
export async function linkForOthers(url: string, served = relayAddress()): Promise<SharedLink> {
  if (!isOwnDevice(new URL(served))) return { url, alone: false };
  const relay = await fetchRelay();
  const address = relay.ok ? publicAddress(relay.value.address) : null;
  return address === null ? { url, alone: true } : { url: new URL(url.slice(served.length), address).href, alone: false };
}

/** Links and QR codes begin with it, so only https addresses are accepted. */
function publicAddress(address: string | null): string | null {
  if (address === null || !URL.canParse(address)) return null;
  const { protocol, username, password, search, hash, href, pathname } = new URL(address);
  return protocol === 'https:' && `${username}${password}${search}${hash}` === '' && pathname.endsWith('/') ? href : null;
}
