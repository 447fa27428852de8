/**
 * The host's access: HTTP over a Unix socket in the data directory that only its owner may open. Whoever can open it may run everything in
 * commands.ts; there is no other check. None of it is reachable over the network.
 */
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import { asMeshError, ERRORS, MeshError } from '#protocol/errors';
import type { Log } from '../log.ts';
import { COMMANDS, type AdminDeps } from './commands.ts';
import { noSocket } from './no-socket.ts';

const OWNER_ONLY = 0o600;

export interface AdminSocket {
  close(): Promise<void>;
}

/**
 * @param path of the socket; replaces what a killed relay left there
 * @returns null if it cannot be opened: the log says why, and the relay serves without it
 */
export async function openAdminSocket(path: string, deps: AdminDeps, log: Log): Promise<AdminSocket | null> {
  const server = createServer((request, response) => {
    answer(request, deps).then(
      (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)),
      (error: unknown) => {
        const { code, detail, message } = asMeshError(error);
        if (code === 'internal') log.error({ problem: message }, 'a command of the host failed');
        response.writeHead(ERRORS[code].status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, ...detail }));
      },
    );
  });
  try {
    await listen(server, path);
  } catch (error) {
    server.close(); // a socket without its mode must not stay open
    const why = noSocket(path, error) ?? `The socket of the host cannot be opened: ${asMeshError(error).message}.`;
    log.warn({ socket: path }, `${why} Until then \`npm run admin\` does not work; everything else does.`);
    return null;
  }
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  await rm(path, { force: true });
  // Nobody may connect between the socket's creation and its mode.
  const before = process.umask(0o177);
  try {
    server.listen(path);
    await once(server, 'listening');
  } finally {
    process.umask(before);
  }
  await chmod(path, OWNER_ONLY);
}

async function answer(request: IncomingMessage, deps: AdminDeps): Promise<unknown> {
  request.resume();
  const [name = '', id = ''] = (request.url ?? '').split('/').slice(1).map(decodeURIComponent);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined || request.method !== 'POST') throw new MeshError('not-found', { field: 'command', got: name });
  return command.run(deps, id);
}
