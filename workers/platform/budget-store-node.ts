/**
 * The budget ledger's records as a file of JSON lines, for a peer without a browser. Append-only, flushed record by record, readable
 * by its owner alone. A last line without its newline was never acknowledged and is cut off; any other line that does not parse is damage.
 * One process at a time: a lock file beside it names the process, and a dead process's lock is taken over.
 */
import { chmod, open, readFile, rm, truncate, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { MeshError } from '#protocol/errors';
import type { BudgetRecord, BudgetStore } from '#protocol/privacy/ledger/budget';

const OWNER_ONLY = 0o600;
/** Files that this process has open: a lock with our own process id that is not here is a dead namesake's. */
const held = new Set<string>();

export interface BudgetFile extends BudgetStore {
  close(): Promise<void>;
}

/** The directory must exist. @throws MeshError budget-locked (another process has it), conflict (damage), storage-denied */
export async function openBudgetFile(path: string): Promise<BudgetFile> {
  const full = resolve(path);
  await lock(full);
  try {
    const file = await open(full, 'a', OWNER_ONLY);
    await chmod(full, OWNER_ONLY); // the mode above holds for a new file only
    const bytes = await readFile(full);
    const size = bytes.lastIndexOf(0x0a) + 1;
    if (size < bytes.length) await truncate(full, size);
    await file.sync();
    await flushDirectory(dirname(full));
    return new OpenBudgetFile(full, file, parseLines(bytes.subarray(0, size).toString('utf8')).length);
  } catch (cause) {
    await unlock(full);
    throw storageError(full, cause);
  }
}

class OpenBudgetFile implements BudgetFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #count: number;
  /** After a failed write nobody knows what is on the disk; opening the file again finds out. */
  #failed = false;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, file: FileHandle, count: number) {
    this.#path = path;
    this.#file = file;
    this.#count = count;
  }

  async read(): Promise<readonly unknown[]> {
    await this.#last.catch(() => undefined);
    return parseLines(await readFile(this.#path, 'utf8')).slice(0, this.#count);
  }

  append(record: BudgetRecord): Promise<void> {
    const done = this.#last.catch(() => undefined).then(() => this.#write(record));
    this.#last = done;
    return done;
  }

  async #write(record: BudgetRecord): Promise<void> {
    if (this.#failed)
      throw new MeshError('storage-denied', { field: this.#path, expected: 'the file to be opened again after a failed write' });
    if (record.seq !== this.#count) {
      throw new MeshError('conflict', { field: 'budget.seq', expected: String(this.#count), got: String(record.seq) });
    }
    try {
      await this.#file.appendFile(`${JSON.stringify(record)}\n`);
      await this.#file.sync();
    } catch (cause) {
      this.#failed = true;
      throw storageError(this.#path, cause);
    }
    this.#count++;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    this.#failed = true;
    await this.#file.close();
    await unlock(this.#path);
  }
}

function parseLines(text: string): unknown[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, seq) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (cause) {
      throw new MeshError('conflict', { field: `budget.${seq}.record`, expected: 'JSON', got: 'a damaged line' }, cause);
    }
  });
}

async function lock(path: string, again = true): Promise<void> {
  try {
    const file = await open(`${path}.lock`, 'wx', OWNER_ONLY);
    await file.writeFile(String(process.pid));
    await file.close();
    held.add(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw storageError(path, cause);
    const owner = Number(await readFile(`${path}.lock`, 'utf8').catch(() => ''));
    if (!again || (owner === process.pid ? held.has(path) : isAlive(owner))) {
      throw new MeshError('budget-locked', { field: path, expected: 'one process at a time', got: `process ${owner}` });
    }
    await rm(`${path}.lock`, { force: true });
    await lock(path, false);
  }
}

async function unlock(path: string): Promise<void> {
  held.delete(path);
  await rm(`${path}.lock`, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A new file's name is durable once its directory is. */
async function flushDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return; // a directory cannot be opened there
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}

function storageError(path: string, cause: unknown): MeshError {
  if (cause instanceof MeshError) return cause;
  return new MeshError('storage-denied', { field: path, got: cause instanceof Error ? cause.message : String(cause) }, cause);
}
