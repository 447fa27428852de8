/**
 * Addresses below a relay's own, which may lie under a path of a host name that it shares (`https://host/mesh-relay/`). Whatever a page,
 * a worker or a headless peer asks of a relay, it asks here.
 */

/** @param path below the relay's address, without a slash at its beginning */
export function relayUrl(relay: string, path: string): URL {
  const base = new URL(relay);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  base.search = '';
  base.hash = '';
  return new URL(path, base);
}

/**
 * The address of the relay that served the page or worker that runs this, with a slash at its end. A build has all its scripts in
 * assets/; a development server stands at the top of its host name.
 */
export function servedFrom(): string {
  const script = import.meta.url;
  return import.meta.env.PROD ? new URL('..', script).href : new URL('/', globalThis.location.href).href;
}
