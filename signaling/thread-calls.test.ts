import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import { callsOf, invoke, threadCalls, type ThreadCalls } from './thread-calls.ts';

interface Calls {
  add(a: number, b: number): Promise<{ ok: true; value: number }>;
  count(to: number, heard: (n: number) => boolean | Promise<boolean>): Promise<{ ok: true; value: number }>;
  send(ports: readonly { to: string; port: MessagePort }[]): Promise<{ ok: true; value: null }>;
  fail(): Promise<{ ok: true; value: null }>;
  never(): Promise<{ ok: true; value: null }>;
}

const ok = <T>(value: T) => ({ ok: true as const, value });
/** The other side of a border, in this thread. */
const answering: Calls = {
  add: async (a, b) => ok(a + b),
  async count(to, heard) {
    let n = 0;
    while (n < to && (await heard(n + 1))) n++;
    return ok(n);
  },
  async send(ports) {
    for (const { to, port } of ports) port.postMessage(to);
    return ok(null);
  },
  fail: () => Promise.reject(new Error('a bug')),
  never: () => new Promise(() => {}),
};

let here: MessagePort;
let there: MessagePort;
let thread: Worker;
let open: ThreadCalls<Calls>;
let died: unknown[];

beforeEach(() => {
  ({ port1: here, port2: there } = new MessageChannel());
  expose(answering, there);
  thread = Object.assign(here, { terminate: () => here.close() }) as unknown as Worker;
  died = [];
  open = threadCalls<Calls>(thread, 'other', (fault) => died.push(fault));
});
afterEach(() => {
  here.close();
  there.close();
});

describe('calls of a thread', () => {
  it('are those of its interface, without a list of them', async () => {
    expect(await open.calls.add(2, 3)).toEqual({ ok: true, value: 5 });
    const resolved = await Promise.resolve(open.calls); // is no promise itself
    expect(await resolved.add(1, 1)).toEqual({ ok: true, value: 2 });
  });

  it('take callbacks, also those that came over a border themselves', async () => {
    const heard: number[] = [];
    const listener = (n: number) => (heard.push(n), n < 3);
    expect(await open.calls.count(9, listener)).toEqual({ ok: true, value: 2 });
    expect(heard).toEqual([1, 2, 3]);
    const between = threadCalls<Calls>(thread, 'other');
    const relayed = callsOf<Calls>((name, args) => invoke(between.calls, name, args));
    expect(await relayed.count(9, listener)).toEqual({ ok: true, value: 2 });
  });

  it('hand ports over', async () => {
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise((resolve) => port1.addEventListener('message', ({ data }) => resolve(data), { once: true }));
    port1.start();
    expect(await open.calls.send([{ to: 'a peer', port: port2 }])).toEqual({ ok: true, value: null });
    expect(await arrived).toBe('a peer');
    port1.close();
  });

  it('answer with what went wrong: there, on the way, and at the border', async () => {
    expect(await open.calls.fail()).toMatchObject({ ok: false, error: { code: 'internal', detail: { got: 'a bug' } } });
    expect(await open.calls.add(1, Symbol('no copy') as never)).toMatchObject({ ok: false, error: { code: 'internal' } });
    const refusing = callsOf<Calls>(() => {
      throw new MeshError('stale', { field: 'x' });
    });
    expect(await refusing.never()).toEqual({ ok: false, error: { code: 'stale', detail: { field: 'x' } } });
  });

  it('are answered when the thread breaks or ends, now and later', async () => {
    const waiting = open.calls.never();
    thread.dispatchEvent(new Event('messageerror'));
    const broken = { ok: false, error: { code: 'internal', detail: { field: 'other', got: 'messageerror' } } };
    expect(await waiting).toEqual(broken);
    expect(await open.calls.never()).toEqual(broken);
    expect(died).toEqual([broken.error]);
    const other = threadCalls<Calls>(thread, 'other');
    const asked = other.calls.never();
    other.end();
    const ended = { ok: false, error: { code: 'stale', detail: { field: 'other' } } };
    expect([await asked, await other.calls.add(1, 2)]).toEqual([ended, ended]);
  });

  it('report that the thread broke once, to the caller and not as an error of the page', async () => {
    const waiting = open.calls.never();
    const failures = ['first', 'second'].map((message) => Object.assign(new Event('error', { cancelable: true }), { message }));
    for (const failure of failures) thread.dispatchEvent(failure);
    const fault = { code: 'internal', detail: { field: 'other', got: 'first' } };
    expect(await waiting).toEqual({ ok: false, error: fault });
    expect(died).toEqual([fault]);
    // Browsers report an error of a worker as the page's own unless its event was cancelled.
    expect(failures.map(({ defaultPrevented }) => defaultPrevented)).toEqual([true, true]);
  });
});
