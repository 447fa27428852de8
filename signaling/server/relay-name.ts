/**
 * Which relay a signed hello was meant for. The client signs the `host` of the URL it opened (WHATWG URL: lower case, no default port); a
 * relay accepts a request's Host header only if it is one of its own names. Otherwise a relay in the middle could pass on another relay's
 * challenge, with the Host that was signed, and enter as its victim.
 *
 * A relay's own names are those it was given, `localhost` and loopback addresses with any port, and the address at which the connection
 * arrived, with any port. A relay behind a proxy or a public name must be given that name.
 */
import { MeshError } from '#protocol/errors';

const LOOPBACK = /^(localhost|(.+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What a client signs: `wss://Relay.example:443/mesh` gives `relay.example`. */
export function originOf(url: string): string {
  return new URL(url).host;
}

/**
 * @param header the request's Host
 * @param localAddress the address of this end of the connection
 * @param names hosts with their port unless it is the default one; '*' accepts any, for relays whose clients trust every other relay
 * @returns the host that must have been signed. @throws MeshError challenge-failed
 */
export function relayName(header: string | undefined, localAddress: string | undefined, names: readonly string[]): string {
  const got = (header ?? '').slice(0, 128);
  const refused = new MeshError('challenge-failed', { field: 'origin', expected: 'a name of this relay', got });
  let url: URL;
  try {
    url = new URL(`ws://${header ?? ''}/`);
  } catch {
    throw refused;
  }
  if (url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') throw refused;
  if (names.includes('*') || names.some((name) => name.toLowerCase() === url.host)) return url.host;
  if (LOOPBACK.test(url.hostname) || url.hostname === addressAsHost(localAddress)) return url.host;
  throw refused;
}

function addressAsHost(address: string | undefined): string | null {
  if (address === undefined) return null;
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (!plain.includes(':')) return plain;
  try {
    return new URL(`ws://[${plain}]/`).hostname;
  } catch {
    return null; // a link-local address with a zone cannot be in a URL
  }
}
