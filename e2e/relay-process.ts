/** A real relay as a child process, on a data folder that outlives it, for tests that kill it and start it again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../relay/main.ts', import.meta.url));
const START_MS = 60_000;

export interface RelayProcess {
  readonly url: string;
  readonly log: readonly string[];
  readonly pid: number;
  /** Its data folder. */
  readonly data: string;
  /** SIGTERM, and waits for the end. @returns its exit code */
  stop(): Promise<number | null>;
  /** SIGKILL: whatever is not on the disk is gone. */
  kill(): Promise<void>;
  /** The same port and folder again. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** The command that runs another one on one processor (util-linux's taskset, which keeps the process's id). */
export function onCore(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command];
}

export async function startRelayProcess(
  options: {
    readonly host?: string;
    readonly args?: readonly string[];
    /** Its settings, beside this process's own variables. */
    readonly env?: Readonly<Record<string, string>>;
    /** The one processor that it may use; all when absent. */
    readonly core?: number;
  } = {},
): Promise<RelayProcess> {
  const data = await mkdtemp(join(tmpdir(), 'mesh-relay-'));
  const log: string[] = [];
  let url = '';
  let child: ChildProcess;

  const start = async (port: string) => {
    const host = options.host ?? '127.0.0.1';
    const args = [MAIN, '--port', port, '--host', host, '--data', data, ...(options.args ?? [])];
    const [program, ...rest] = onCore(options.core, [process.execPath, ...args]);
    child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
    const note = (chunk: Buffer) => log.push(...chunk.toString().split('\n').filter(Boolean));
    child.stderr!.on('data', note);
    url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the relay printed no address: ${log.slice(-5).join(' | ')}`)), START_MS);
      child.stdout!.on('data', (chunk: Buffer) => {
        note(chunk);
        const found = /https?:\/\/[^\s]+/.exec(chunk.toString());
        if (found === null) return;
        clearTimeout(late);
        resolve(found[0]);
      });
      child.once('exit', (code) => reject(new Error(`the relay ended with ${code}: ${log.slice(-5).join(' | ')}`)));
    });
  };
  const ended = () =>
    new Promise<number | null>((resolve) =>
      child.exitCode === null && child.signalCode === null ? child.once('exit', (code) => resolve(code)) : resolve(child.exitCode),
    );
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    return ended();
  };

  await start('0');
  return {
    get url() {
      return url;
    },
    log,
    get pid() {
      return child.pid!;
    },
    data,
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
    restart: () => start(new URL(url).port),
    async remove() {
      await end('SIGKILL');
      await rm(data, { recursive: true, force: true });
    },
  };
}
