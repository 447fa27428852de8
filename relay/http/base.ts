/**
 * The path under which a relay is reached if it shares a host name: `/` or `/mesh-relay/`. Requests may include it or not (some proxies
 * strip it); both mean the same. The relay's own addresses always include it.
 */

/** @param base begins and ends with a slash @param url of a request, from the path on */
export function withoutBase(base: string, url: string): string {
  if (url.startsWith(base)) return url.slice(base.length - 1);
  const bare = base.slice(0, -1);
  return bare !== '' && (url === bare || url.startsWith(`${bare}?`)) ? `/${url.slice(bare.length)}` : url;
}
