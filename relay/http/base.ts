/**
 * The path under which a relay is reached, where it shares a host name: `/` or `/mesh-relay/`. Requests come with it or, from a proxy
 * that strips it, without; both are the same request. What the relay says about its own addresses always has it.
 */

/** @param base begins and ends with a slash @param url a request's, from its path on */
export function withoutBase(base: string, url: string): string {
  if (url.startsWith(base)) return url.slice(base.length - 1);
  const bare = base.slice(0, -1);
  return bare !== '' && (url === bare || url.startsWith(`${bare}?`)) ? `/${url.slice(bare.length)}` : url;
}
