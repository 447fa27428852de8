/** The address that others open, if the settings give it: the first public host name, over https, because browsers run nothing on less. */
import { isOwnDevice } from '#signaling/relay-url';
import type { Config } from './config.ts';

/** With a slash at its end; null where no name is one that others could open. */
export function publicAddress({ names, base }: Pick<Config, 'names' | 'base'>): string | null {
  for (const name of names) {
    const address = `https://${name}${base}`;
    // A star stands for every name, so it names none.
    if (name !== '*' && URL.canParse(address) && !isOwnDevice(new URL(address))) return address;
  }
  return null;
}
