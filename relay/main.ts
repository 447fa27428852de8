/**
 * The relay as a process: arguments → relay → one line for people on standard output; SIGTERM or SIGINT drains it.
 * Exit codes: 0 after a drain, 1 if it could not start or finish, 2 for a wrong argument.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { readConfig, sourceOf, type Config } from './config.ts';
import { openLog } from './log.ts';
import { startRelay } from './relay.ts';
import { startSeat } from './seat.ts';

/** A longer drain is cut off; the store loses nothing. */
const DRAIN_MS = 9000;

function configOrExit(): Config {
  try {
    return readConfig(process.argv.slice(2), process.env);
  } catch (error) {
    const { detail } = asMeshError(error);
    process.stderr.write(`${detail.field}: expected ${detail.expected}, got ${detail.got}\n`);
    process.exit(2);
  }
}

async function main(): Promise<void> {
  const config = configOrExit();
  const log = openLog(config.logLevel);
  const relay = await startRelay(config, { log, startSeat });
  process.stdout.write(`Sovereign Mesh relay: ${relay.url}\n`);

  let draining = false;
  const drain = (signal: string) => {
    if (draining) return;
    draining = true;
    log.info({ signal }, 'draining');
    setTimeout(() => {
      log.error({ ms: DRAIN_MS }, 'drain cut off');
      process.exit(1);
    }, DRAIN_MS).unref();
    relay.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ problem: asMeshError(error).message }, 'drain failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
}

main().catch((error: unknown) => {
  const { code } = error as { code?: string };
  const reason =
    code === 'EADDRINUSE'
      ? `${sourceOf('port', process.argv.slice(2), process.env)}: the port is taken by another program`
      : error instanceof MeshError
        ? error.message
        : String(error);
  process.stderr.write(`The relay could not start. ${reason}\n`);
  process.exit(1);
});
