/**
 * Calls to a worker's thread through its interface alone, so that no call is listed twice: callbacks cross as proxies, ports are
 * transferred, and a failure on the way is a result like everything else that a worker answers.
 */
import { proxy, transfer, wrap } from 'comlink';
import { asMeshError, type ErrorCode, type ErrorDetail } from '#protocol/errors';

/** What went wrong, as data: comlink would lose the code of an error. */
export interface Fault {
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;
}

export interface ThreadCalls<T> {
  readonly calls: T;
  /** Ends the thread, whatever it is doing. Pending and later calls get `stale`. */
  end(): void;
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** An object whose every method is one function, for adapters between callers and threads. An error becomes a result. */
export function callsOf<T extends object>(call: (name: keyof T & string, args: readonly unknown[]) => unknown): T {
  const methodOf = (name: keyof T & string): Method => {
    return async (...args) => {
      try {
        return await call(name, args);
      } catch (error) {
        const { code, detail } = asMeshError(error);
        return { ok: false, error: { code, detail } };
      }
    };
  };
  // A promise that resolves with it looks for `then`.
  const get = (_: object, name: string | symbol) =>
    typeof name === 'symbol' || name === 'then' ? undefined : methodOf(name as keyof T & string);
  return new Proxy({}, { get }) as T;
}

/** Calls one method by its name. */
export function invoke<T extends object>(target: T, name: keyof T, args: readonly unknown[]): unknown {
  return (target[name] as Method)(...args);
}

/**
 * Calls `broke` once if the thread breaks: its script does not load, or throws outside a call. The page does not report that as an error
 * of its own.
 * @param name for the field of an error
 */
export function onBreak(thread: Worker, name: string, broke: (fault: Fault) => void): void {
  let first = true;
  const breaks = (event: Event) => {
    event.preventDefault();
    const { message, type } = event as Event & { readonly message?: string };
    if (first) broke({ code: 'internal', detail: { field: name, got: message ?? type } });
    first = false;
  };
  thread.addEventListener('error', breaks);
  thread.addEventListener('messageerror', breaks);
}

/**
 * @param name for the field of an error
 * @param died called if the thread breaks. comlink's promises would wait forever
 */
export function threadCalls<T extends object>(thread: Worker, name: string, died: (fault: Fault) => void = () => {}): ThreadCalls<T> {
  let answerAll!: (answer: { readonly ok: false; readonly error: Fault }) => void;
  const dead = new Promise((resolve) => (answerAll = resolve));
  onBreak(thread, name, (error) => {
    died(error);
    answerAll({ ok: false, error });
  });
  const remote = wrap<Record<string, Method>>(thread);
  return {
    calls: callsOf<T>((method, args) => Promise.race([remote[method]!(...args.map(crossing)), dead])),
    end() {
      thread.terminate();
      answerAll({ ok: false, error: { code: 'stale', detail: { field: name } } });
    },
  };
}

/** Asks a thread one question and ends it with its answer. */
export async function askOnce<T extends object, R>(thread: Worker, name: string, ask: (calls: T) => Promise<R>): Promise<R> {
  const { calls, end } = threadCalls<T>(thread, name);
  try {
    return await ask(calls);
  } finally {
    end();
  }
}

function crossing(value: unknown): unknown {
  // A callback that itself crossed a border responds to any property, including comlink's markers.
  if (typeof value === 'function') return proxy((...args: readonly unknown[]) => (value as Method)(...args));
  const ports = portsIn(value);
  return ports.length === 0 ? value : transfer(value, ports);
}

/** A port, or a list of what has some. */
function portsIn(value: unknown): MessagePort[] {
  const values = Array.isArray(value) ? value.flatMap((item: unknown) => Object.values(Object(item) as object)) : [value];
  return values.filter((item) => item instanceof MessagePort);
}
