/**
 * The network address that a request counts under. Behind proxies that are trusted by their own address, it comes from X-Forwarded-For,
 * read from the right: each trusted hop vouches for the one before it, and nobody else is believed. An IPv4-mapped IPv6 address counts as
 * IPv4; an IPv6 host usually owns its whole /64 (RFC 6177), so that counts as one address. It does not say who somebody is: that is an
 * identity, proven by a socket or a signed request.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { all, compile } from '@fastify/proxy-addr';
import ipaddr from 'ipaddr.js';

/** Groups of an IPv6 address that name its network: a /64. */
const NETWORK_GROUPS = 4;
/** A socket that has closed already, or one without an address. */
const UNKNOWN = 'unknown';

export interface ClientAddresses {
  /** What limits count a request by. */
  of(request: IncomingMessage): string;
  /** The same for a connection without a request yet. @param remote as the socket gives it */
  ofConnection(remote: string | undefined): string;
  /** Whether a connection from there speaks for others. */
  isProxy(remote: string | undefined): boolean;
}

/**
 * @param proxies addresses, CIDR ranges, or the names `loopback`, `linklocal` and `uniquelocal`
 * @throws TypeError for anything else
 */
export function clientAddresses(proxies: readonly string[]): ClientAddresses {
  const among = compile([...proxies]);
  const trusted = (address: string | undefined, hop: number) => address !== undefined && among(withoutZone(address), hop);
  return {
    of(request) {
      // From the connection outwards, up to the first untrusted one. If a trusted proxy passes on nonsense, the proxy's own address counts.
      const hops = all(request, trusted);
      const seen = hops.findLast((hop) => isIP(hop) !== 0);
      return seen === undefined ? UNKNOWN : counted(seen);
    },
    ofConnection: (remote) => (remote === undefined || isIP(remote) === 0 ? UNKNOWN : counted(remote)),
    isProxy: (remote) => remote !== undefined && trusted(remote, 0),
  };
}

/** A zone names an interface of this machine, in any characters that Node accepts (RFC 4007); address parsers throw on some of them. */
const withoutZone = (address: string): string => address.replace(/%.*$/s, '');

function counted(address: string): string {
  const parsed = ipaddr.process(withoutZone(address)); // IPv4 out of ::ffff:0:0/96
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const network = parsed.parts.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}
