/**
 * The relay's log: JSON lines on standard error; standard output is for the people who start it. No addresses, no peer data.
 */
import { destination, pino, type Logger } from 'pino';
import type { Config } from './config.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export function openLog(level: Config['logLevel']): Logger {
  // Synchronous: the last lines before an exit matter most.
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, destination({ dest: 2, sync: true }));
}
