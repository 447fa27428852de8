/**
 * Addresses below a relay's own, which may be a path of a shared host name (`https://host/mesh-relay/`). Pages, workers and headless peers
 * build every relay address here.
 */

/** @param path below the relay's address, without a slash at its beginning */
export function relayUrl(relay: string, path: string): URL {
  const base = new URL(relay);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  base.search = '';
  base.hash = '';
  return new URL(path, base);
}

/** Names and addresses of the device itself, as a URL's host name has them: nobody else can open what is there. */
const OWN_DEVICE = /^(localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::\]|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;

export const isOwnDevice = ({ hostname }: URL): boolean => OWN_DEVICE.test(hostname);

/**
 * The address of the relay that served the page or worker that runs this, with a slash at its end. A build has all its scripts in
 * assets/; a development server stands at the top of its host name.
 */
export function servedFrom(): string {
  const script = import.meta.url;
  return import.meta.env.PROD ? new URL('..', script).href : new URL('/', globalThis.location.href).href;
}
