/**
 * The address that others open, if the settings give it: the first public host name, over https, which the page's browser features need.
 */
import { isOwnDevice } from '#signaling/relay-url';
import type { Config } from './config.ts';

/** With a trailing slash; null if there is no name that others could open. */
export function publicAddress({ names, base }: Pick<Config, 'names' | 'base'>): string | null {
  for (const name of names) {
    const address = `https://${name}${base}`;
    // A star stands for every name, so it names none.
    if (name !== '*' && URL.canParse(address) && !isOwnDevice(new URL(address))) return address;
  }
  return null;
}
