/** Ends a connection without any help from the other end. */
import type { Duplex } from 'node:stream';

/** Milliseconds that last words may take. */
const LAST_WORDS_MS = 1000;

/**
 * Sends `text`, if it still can, and destroys the connection a moment later: closing at once could overtake the text, and a half-closed
 * connection stays as long as its other end likes.
 */
export function endSoon(stream: Duplex, text: string): void {
  stream.on('error', () => stream.destroy());
  if (!stream.writable) return void stream.destroy();
  stream.end(text);
  const timer = setTimeout(() => stream.destroy(), LAST_WORDS_MS);
  stream.once('close', () => clearTimeout(timer));
}
