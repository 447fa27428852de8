/** Why the host's socket cannot exist, in words for the host: the relay's log and `npm run admin` say the same. */

/** Bytes of a socket's path: Linux takes 107, macOS 103. */
const PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** @param error of opening the socket or of a request to it @returns null if this system and path can have one */
export function noSocket(path: string, error: unknown, platform: string = process.platform): string | null {
  if (platform === 'win32') return 'The host’s commands need a Unix socket, which Windows does not have.';
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EINVAL' && code !== 'ENAMETOOLONG') return null;
  return `The host’s commands need a socket, and the path ${path} is longer than ${PATH_BYTES} bytes: choose a shorter data directory.`;
}
