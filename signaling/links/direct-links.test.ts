import { describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { LINK_DEGREE_MAX } from '#protocol/limits';
import type { CallMessage, RtcSignal } from '../call.ts';
import { DirectLinks } from './direct-links.ts';
import type { Environment } from '#protocol/driver/ports';
import type { LinkEvents } from './link.ts';
import type { Dialer, DirectLink } from './rtc-link.ts';

const id = (name: string) => name as PeerId;
const OFFER: RtcSignal = { type: 'offer', sdp: 'offer' };

/** Time that only `pass` moves. */
class Clock implements Environment {
  #now = 0;
  #timers: { at: number; call: () => void }[] = [];
  now = () => this.#now;
  random = () => 0.5;
  timer = (ms: number, call: () => void) => {
    const entry = { at: this.#now + ms, call };
    this.#timers.push(entry);
    return () => void (this.#timers = this.#timers.filter((other) => other !== entry));
  };
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.call();
    }
    this.#now = until;
  }
}

/** A browser whose connections open when offer, answer and a candidate have gone their way, like real ones. */
class FakeBrowser implements Dialer {
  readonly links = new Set<DirectLink>();
  dials = 0;
  get size(): number {
    return this.links.size;
  }
  dial(peer: PeerId, initiator: boolean, signaled: (signal: RtcSignal) => void, events: LinkEvents): DirectLink {
    this.dials++;
    let state: DirectLink['state'] = 'opening';
    const open = () => {
      if (state !== 'opening') return;
      state = 'open';
      events.open();
    };
    const link: DirectLink = {
      peer,
      path: 'direct',
      queuedBytes: 0,
      get state() {
        return state;
      },
      send: () => {},
      close: () => {
        if (state === 'closed') return;
        state = 'closed';
        this.links.delete(link);
        events.close();
      },
      signal(signal) {
        if (signal.type === 'offer') signaled({ type: 'answer', sdp: 'answer' });
        if (signal.type === 'answer') signaled({ type: 'candidate', candidate: { candidate: 'the only one' } });
        if (signal.type !== 'offer') open();
      },
      takeBack: () => [Uint8Array.of(1)],
    };
    this.links.add(link);
    if (initiator) queueMicrotask(() => state === 'opening' && signaled(OFFER));
    return link;
  }
}

interface End {
  readonly direct: DirectLinks;
  readonly browser: FakeBrowser;
  readonly news: string[];
  readonly sent: { to: PeerId; message: CallMessage }[];
}

/** Peers whose signals reach each other in order, one microtask later; `deaf` ends hear nothing. */
function room(clock: Clock, names: readonly string[], deaf: ReadonlySet<string> = new Set()): Map<string, End> {
  const ends = new Map<string, End>();
  for (const name of names) {
    const browser = new FakeBrowser();
    const news: string[] = [];
    const sent: End['sent'] = [];
    const direct = new DirectLinks({
      self: id(name),
      dialer: browser,
      environment: clock,
      timings: { connectMs: 100, retryBaseMs: 1000, retryCapMs: 8000 },
      send(to, message) {
        sent.push({ to, message });
        if (!deaf.has(to)) queueMicrotask(() => ends.get(to)?.direct.signal(id(name), structuredClone(message)));
      },
      message: () => {},
      opened: (peer) => void news.push(`+${peer}`),
      lost: (peer, unsent) => void news.push(`-${peer}:${unsent.length}`),
    });
    direct.allow(new Set(names.map(id)));
    ends.set(name, { direct, browser, news, sent });
  }
  return ends;
}

const settle = async () => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};

const NOBODY: ReadonlySet<PeerId> = new Set();
/** Whether anything that holds a network address was sent. */
const told = ({ sent }: End) => sent.some(({ message }) => message.t === 'call');

describe('a network address', () => {
  it('goes to nobody before anybody is allowed, whoever comes and calls', async () => {
    const clock = new Clock();
    const ends = room(clock, ['a', 'b', 'c']);
    const [a, b, c] = [...ends.values()];
    a!.direct.allow(NOBODY);
    a!.direct.meet(id('b'), true);
    a!.direct.meet(id('c'), false);
    b!.direct.meet(id('a'), true);
    c!.direct.meet(id('a'), false);
    for (let i = 0; i < 200; i++) {
      clock.pass(50);
      await settle();
    }
    expect(told(a!)).toBe(false);
    expect(a!.browser.dials).toBe(0);
    expect(a!.sent.map(({ message }) => message.t)).toEqual(['decline', 'decline']); // one each: nobody asks again
    expect([b!, c!].map(told)).toEqual([true, true]);
  });

  it('goes to those who are allowed and to nobody else, as soon as both ends allow it', async () => {
    for (const first of ['a', 'b']) {
      const ends = room(new Clock(), ['a', 'b', 'stranger']);
      for (const [name, end] of ends) {
        end.direct.allow(NOBODY);
        for (const other of ends.keys()) if (other !== name) end.direct.meet(id(other), false);
      }
      const both = new Set([id('a'), id('b')]);
      ends.get(first)!.direct.allow(both);
      await settle();
      ends.get(first === 'a' ? 'b' : 'a')!.direct.allow(both);
      await settle();
      expect(ends.get('a')!.news).toEqual(['+b']);
      expect([...ends.values()].map(({ direct }) => direct.peers())).toEqual([['b'], ['a'], []]);
      expect([...ends.values()].flatMap(({ sent }) => sent).filter(({ to }) => to === id('stranger'))).toEqual([]);
    }
  });

  it('goes no further once a peer is not allowed any more: links and calls end, and none is opened again', async () => {
    const clock = new Clock();
    const ends = room(clock, ['a', 'b']);
    const [a, b] = [ends.get('a')!, ends.get('b')!];
    a.direct.meet(id('b'), false);
    b.direct.meet(id('a'), true);
    await settle();
    a.sent.length = 0;
    a.direct.allow(NOBODY);
    expect(a.news).toEqual(['+b', '-b:1']);
    b.direct.open(id('a'))!.close(); // as the browser would tell it
    for (let i = 0; i < 20; i++) {
      clock.pass(5000);
      await settle();
    }
    expect([told(a), a.direct.peers(), a.browser.size, b.browser.size]).toEqual([false, [], 0, 0]);
  });
});

describe('direct links', () => {
  it('open when the newcomer calls', async () => {
    const ends = room(new Clock(), ['a', 'b']);
    const [a, b] = [ends.get('a')!, ends.get('b')!];
    a.direct.meet(id('b'), false);
    b.direct.meet(id('a'), true);
    await settle();
    expect([a.news, b.news]).toEqual([['+b'], ['+a']]);
    expect([a.browser.dials, b.browser.dials]).toEqual([1, 1]);
    expect(a.direct.open(id('b'))?.state).toBe('open');
  });

  it('become one when both call at the same moment', async () => {
    const ends = room(new Clock(), ['a', 'b']);
    for (const [name, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const)
      ends.get(name)!.direct.meet(id(other), true);
    await settle();
    for (const { browser, news, direct } of ends.values()) {
      expect(browser.size).toBe(1);
      expect(news).toHaveLength(1);
      expect(direct.peers()).toHaveLength(1);
    }
  });

  it('are tried by the other end too, when the newcomer never calls', async () => {
    const clock = new Clock();
    const ends = room(clock, ['a', 'b']);
    for (const [name, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const)
      ends.get(name)!.direct.meet(id(other), false);
    clock.pass(750); // half the base and half of the other half
    await settle();
    expect(ends.get('a')!.news).toEqual(['+b']);
  });

  it('that do not open are given up after a while, tried again ever more rarely, and open once they can', async () => {
    const clock = new Clock();
    const deaf = new Set(['b']);
    const ends = room(clock, ['a', 'b'], deaf);
    const a = ends.get('a')!;
    a.direct.meet(id('b'), true);
    const dialled: number[] = [];
    const wait = async (ms: number) => {
      for (const until = clock.now() + ms; clock.now() < until; clock.pass(10)) {
        if (a.browser.dials > dialled.length) dialled.push(clock.now());
        expect(a.browser.size).toBeLessThanOrEqual(1);
        await settle();
      }
    };
    await wait(60_000);
    const gaps = dialled.slice(1).map((at, i) => at - dialled[i]!);
    // 100 ms until a call is given up, then three quarters of 1, 2, 4, 8, 8 … s
    for (const [i, gap] of gaps.entries()) expect(Math.abs(gap - 100 - 750 * Math.min(8, 2 ** i))).toBeLessThanOrEqual(20);
    expect(gaps.length).toBeGreaterThan(5);
    expect(a.news).toEqual([]);
    deaf.clear();
    ends.get('b')!.direct.meet(id('a'), false);
    await wait(10_000);
    expect(a.news).toEqual(['+b']);
  });

  it('are refused for good by a peer without WebRTC', async () => {
    const clock = new Clock();
    const ends = room(clock, ['a', 'b']);
    const a = ends.get('a')!;
    const headless: CallMessage[] = [];
    const none = new DirectLinks({
      self: id('b'),
      dialer: null,
      environment: clock,
      message: () => {},
      opened: () => {},
      lost: () => {},
      send: (_to, message) => void (headless.push(message), a.direct.signal(id('b'), message)),
    });
    a.direct.meet(id('b'), true);
    await settle();
    const call = a.sent.find(({ message }) => message.t === 'call')!;
    none.signal(id('a'), call.message);
    clock.pass(1_000_000);
    await settle();
    expect(headless).toHaveLength(1);
    expect([a.browser.dials, a.browser.size]).toEqual([1, 0]);
  });

  it('never exceed the degree, whoever calls', async () => {
    const clock = new Clock();
    const names = Array.from({ length: LINK_DEGREE_MAX + 8 }, (_, i) => `p${String(i).padStart(2, '0')}`);
    const ends = room(clock, names);
    for (const [i, name] of names.entries()) {
      for (const before of names.slice(0, i)) {
        ends.get(before)!.direct.meet(id(name), false);
        ends.get(name)!.direct.meet(id(before), true);
      }
      await settle();
    }
    for (let round = 0; round < 20; round++) {
      clock.pass(1000);
      await settle();
      for (const { browser } of ends.values()) expect(browser.size).toBeLessThanOrEqual(LINK_DEGREE_MAX);
    }
    expect(ends.get('p00')!.direct.peers()).toHaveLength(LINK_DEGREE_MAX);
  });

  it('cost a peer that calls without end no more than a few connections', async () => {
    const clock = new Clock();
    const ends = room(clock, ['a', 'b']);
    const a = ends.get('a')!;
    a.direct.meet(id('b'), false);
    for (let i = 0; i < 100; i++) a.direct.signal(id('b'), { t: 'call', id: `call-${String(i).padStart(4, '0')}`, rtc: OFFER });
    await settle();
    expect(a.browser.dials).toBeLessThan(10);
    expect(a.browser.size).toBeLessThanOrEqual(1);
  });

  it('ignore strangers, other calls and what is no call', async () => {
    const ends = room(new Clock(), ['a', 'b']);
    const a = ends.get('a')!;
    a.direct.signal(id('stranger'), { t: 'call', id: 'call-0001', rtc: OFFER });
    a.direct.meet(id('b'), false);
    const wrong = [{}, { t: 'call' }, { t: 'call', id: 'x', rtc: OFFER }, { t: 'decline', id: 'call-0001', why: 'never' }];
    for (const data of [null, 7, 'offer', ...wrong]) a.direct.signal(id('b'), data);
    a.direct.signal(id('b'), { t: 'call', id: 'call-0001', rtc: { type: 'renegotiate', renegotiate: true } });
    a.direct.signal(id('b'), { t: 'call', id: 'call-0001', rtc: { type: 'answer', sdp: 'x' } });
    await settle();
    expect(a.browser.dials).toBe(0);
  });

  it('hand back what did not leave when they are lost, and stay for a peer that only left the relay', async () => {
    const ends = room(new Clock(), ['a', 'b']);
    const [a, b] = [ends.get('a')!, ends.get('b')!];
    a.direct.meet(id('b'), false);
    b.direct.meet(id('a'), true);
    await settle();
    a.direct.part(id('b'));
    expect(a.direct.peers()).toEqual(['b']);
    a.direct.open(id('b'))!.close();
    expect(a.news).toEqual(['+b', '-b:1']);
    expect(a.direct.peers()).toEqual([]);
  });

  it('do not hand back the backlog of a reader that was too slow', async () => {
    const clock = new Clock();
    const lost: number[] = [];
    let events: LinkEvents | null = null;
    const link: DirectLink = {
      peer: id('b'),
      path: 'direct',
      state: 'open',
      queuedBytes: 0,
      send() {},
      close() {},
      signal() {},
      takeBack: () => [Uint8Array.of(1)],
    };
    const direct = new DirectLinks({
      self: id('a'),
      environment: clock,
      message: () => {},
      opened: () => {},
      send: () => {},
      lost: (_peer, unsent) => void lost.push(unsent.length),
      dialer: { size: 0, dial: (_peer, _initiator, _signaled, given) => ((events = given), link) },
    });
    direct.allow(new Set([id('b')]));
    direct.meet(id('b'), true);
    events!.open();
    events!.close(new MeshError('slow-consumer'));
    expect(lost).toEqual([0]);
  });
});
