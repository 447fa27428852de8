/** The address that others open, where the settings tell it: the first public host name, over https, since browsers start nothing on less. */
import type { Config } from './config.ts';

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

/** With a slash at its end; null where no name is one that others could open. */
export function publicAddress({ names, base }: Pick<Config, 'names' | 'base'>): string | null {
  for (const name of names) {
    const address = `https://${name}${base}`;
    // A star stands for every name, so it names none.
    if (name !== '*' && URL.canParse(address) && !LOOPBACK.test(new URL(address).hostname)) return address;
  }
  return null;
}
