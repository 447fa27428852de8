/**
 * The files of the tree that a call passes through: those with a function that ran meanwhile, by V8's precise coverage of this thread and
 * the threads that it started. That is stricter than which modules were loaded: a file with only types, or of which only constants are
 * read, does not count. Make the call once before, so that lazy modules are loaded.
 */
import { Session, type InspectorNotification, type Profiler } from 'node:inspector';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTest } from './tidy.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
type Post = (method: string, params?: object) => Promise<unknown>;

/** Starts listening, also for threads that start later. */
export class Walks {
  readonly #session = new Session();
  readonly #threads: Post[] = [];

  constructor() {
    this.#session.connect();
    this.#threads.push((method, params) => this.#post(method, params));
    this.#session.on('NodeWorker.attachedToWorker', ({ params }) => this.#attach(params.sessionId));
    void this.#post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  /** @returns paths from the top of the tree, sorted, without tests and files that only they use */
  async of(call: () => Promise<unknown>): Promise<string[]> {
    for (const post of this.#threads) {
      await post('Profiler.enable');
      await post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
      await post('Profiler.takePreciseCoverage');
    }
    await call();
    const files = new Set<string>();
    for (const post of this.#threads) {
      const { result } = (await post('Profiler.takePreciseCoverage')) as Profiler.TakePreciseCoverageReturnType;
      for (const { url, functions } of result) {
        if (!url.startsWith('file:') || !functions.some(({ ranges }) => ranges[0]!.count > 0)) continue;
        const path = relative(ROOT, fileURLToPath(url)).replaceAll('\\', '/');
        if (!/^(\.\.|node_modules)\//.test(path) && !isTest(path)) files.add(path);
      }
      await post('Profiler.stopPreciseCoverage');
    }
    return [...files].sort();
  }

  close(): void {
    this.#session.disconnect();
  }

  #post(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
  }

  /** Calls a thread by nested messages (the protocol's domain NodeWorker). */
  #attach(sessionId: string): void {
    const waiting = new Map<number, (result: unknown) => void>();
    this.#session.on(
      'NodeWorker.receivedMessageFromWorker',
      ({ params }: InspectorNotification<{ sessionId: string; message: string }>) => {
        if (params.sessionId !== sessionId) return;
        const { id, result } = JSON.parse(params.message) as { id?: number; result?: unknown };
        if (id !== undefined) waiting.get(id)?.(result);
      },
    );
    let count = 0;
    this.#threads.push(
      (method, params = {}) =>
        new Promise((resolve) => {
          waiting.set(++count, resolve);
          void this.#post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id: count, method, params }) });
        }),
    );
  }
}
