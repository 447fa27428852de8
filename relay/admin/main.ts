/**
 * `npm run admin`: the host's commands for its running relay, over the socket in the data directory. Prints text for people, or JSON.
 * Exit codes: 0 done, 1 refused or no relay there, 2 for a wrong argument.
 */
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { idArguments } from '#protocol/id-arguments';
import { COMMANDS } from './commands.ts';
import { noSocket } from './no-socket.ts';

type Answer = Record<string, unknown> | Record<string, unknown>[];

function usage(problem: string, code: 0 | 2 = 2): never {
  const lines = Object.entries(COMMANDS).map(([name, { about, takesId }]) => `  ${`${name}${takesId ? ' ID' : ''}`.padEnd(12)} ${about}`);
  (code === 0 ? process.stdout : process.stderr).write(
    `${problem}\nnpm run admin -- COMMAND [--data DIRECTORY] [--json]\n${lines.join('\n')}\n`,
  );
  process.exit(code);
}

function argumentsOrExit() {
  try {
    const { values, positionals } = parseArgs({
      args: idArguments(process.argv.slice(2)),
      options: { data: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (values.help === true) usage('The host’s commands for a running relay.', 0);
    const [name = '', id = '', ...more] = positionals;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : usage(name === '' ? 'Which command?' : `${name}: no such command`);
    if (more.length > 0 || command.takesId !== (id !== '')) usage(`${name}: expected ${command.takesId ? 'one id' : 'no id'}`);
    return { name, id, json: values.json === true, data: resolve(values.data ?? (process.env['MESH_DATA'] || './data')) };
  } catch (error) {
    return usage((error as Error).message);
  }
}

/** Why a command did not reach the relay. */
function problemOf(path: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const none = code === 'ENOENT' || code === 'ECONNREFUSED';
  const nobody = `No relay runs on ${data}, or its log says why it takes no commands. Start it, or name its directory with --data.`;
  return noSocket(path, error) ?? (none ? nobody : String(error));
}

async function ask(socketPath: string, path: string): Promise<{ status: number; answer: Answer }> {
  const reply = Promise.withResolvers<{ status: number; answer: Answer }>();
  const sent = request({ socketPath, path, method: 'POST' }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('error', reply.reject);
    response.on('end', () => reply.resolve({ status: response.statusCode ?? 500, answer: JSON.parse(text) as Answer }));
  });
  sent.on('error', reply.reject).end();
  return reply.promise;
}

/** One line per item: what it is, then the rest by name. */
function textOf(answer: Answer): string {
  if (!Array.isArray(answer)) {
    const shown = Object.entries(answer).filter(([, value]) => value !== '');
    return shown.map(([name, value]) => `${name}: ${String(value)}`).join('\n');
  }
  return answer
    .map(({ id, name, standing, kept, members, round, bytes, idleMinutes }) =>
      [
        String(id),
        `${String(standing)}${kept === true ? ', kept' : ''}`.padEnd(14),
        `${String(members)} members, round ${String(round)}, ${String(bytes)} bytes, idle ${String(idleMinutes)} min`,
        String(name),
      ].join('  '),
    )
    .join('\n');
}

const { name, id, json, data } = argumentsOrExit();
const path = join(data, 'admin.sock');
try {
  const { status, answer } = await ask(path, `/${name}${id === '' ? '' : `/${encodeURIComponent(id)}`}`);
  if (json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else if (status === 200) process.stdout.write(`${textOf(answer)}\n`);
  else {
    const { code, field, expected, got } = answer as Record<string, string | undefined>;
    const parts = [field, expected && `expected ${expected}`, got && `got ${got}`].filter(Boolean);
    process.stderr.write(`${[code, ...parts].join(': ')}\n`);
  }
  process.exitCode = status === 200 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${problemOf(path, error)}\n`);
  process.exitCode = 1;
}
