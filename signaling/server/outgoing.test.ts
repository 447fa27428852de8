import { describe, expect, it } from 'vitest';
import type { PeerId } from '#protocol/identity';
import { ByteBudget } from '../byte-budget.ts';
import { Outgoing } from './outgoing.ts';

const id = (name: string) => name as PeerId;
const kilo = (count: number) => new Uint8Array(count * 1024);

/** A socket that takes what it is given and passes it on when told. */
function queue({ limit = 1024 * 1024, perAddress = 1024 * 1024 } = {}) {
  const handed: { text: string; done: () => void }[] = [];
  const budget = new ByteBudget(16 * 1024 * 1024, perAddress);
  const outgoing = new Outgoing({
    budget,
    address: 'own',
    limit,
    write: (data, done) => void handed.push({ text: typeof data === 'string' ? data : `${data.length} bytes`, done }),
    wrap: (from, frame) => Buffer.concat([Buffer.from(from), frame]),
  });
  const went: string[] = [];
  return {
    outgoing,
    budget,
    frame: (from: string, payer: string, data: string | Uint8Array) => outgoing.frame(id(from), payer, data.length, () => data),
    /** Everything that goes until nothing waits, or this many frames. */
    drain(most = Infinity) {
      while (handed.length > 0 && went.length < most) {
        const { text, done } = handed.shift()!;
        went.push(text);
        done();
      }
      return went;
    },
  };
}

describe('what waits toward a socket', () => {
  it('drops what one sender has too much of, and keeps a place for every other', () => {
    const { outgoing, frame, budget } = queue();
    for (let i = 0; i < 100; i++) frame('flood', 'a', kilo(32));
    expect(outgoing.bytes).toBeLessThan(600 * 1024); // as much as is still free, and what is on its way
    expect(outgoing.dropped).toBeGreaterThan(80);
    const before = outgoing.dropped;
    frame('honest', 'b', kilo(32));
    expect([outgoing.dropped, budget.usedBy('b') > 0]).toEqual([before, true]);
  });

  it('gives senders turns, so that a flood holds up nobody', () => {
    const { outgoing, frame, drain } = queue();
    for (let i = 0; i < 100; i++) frame('flood', 'a', kilo(4));
    frame('honest', 'b', kilo(1));
    outgoing.message(id('seat'), kilo(2));
    const went = drain();
    const at = (text: string) => went.findIndex((one) => one.startsWith(text));
    expect(Math.max(at('1024 bytes'), at('2061 bytes'))).toBeLessThan(20); // after the window that was handed over before
    expect(Math.min(at('1024 bytes'), at('2061 bytes'))).toBeGreaterThan(0);
  });

  it('charges a frame to the address of who sent it until it has gone, and a seat’s to the reader', () => {
    const { outgoing, frame, budget, drain } = queue({ perAddress: 100 * 1024 });
    for (let i = 0; i < 8; i++) frame(`sybil${i}`, 'a', kilo(32)); // many identities, one address
    outgoing.message(id('seat'), kilo(64));
    expect(budget.usedBy('a')).toBe(2 * (40 * 1024 + 256));
    expect(budget.usedBy('own')).toBeGreaterThanOrEqual(64 * 1024);
    drain();
    expect([budget.used, outgoing.bytes]).toEqual([0, 0]);
  });

  it('takes a seat’s message whole or not at all', () => {
    const { outgoing, drain } = queue({ perAddress: 100 * 1024 });
    outgoing.message(id('seat'), kilo(80));
    outgoing.message(id('seat'), kilo(80)); // does not fit beside the first
    expect(outgoing.dropped).toBe(1);
    expect(drain()).toHaveLength(5);
  });

  it('drops at a mark what waited since the one before, where the socket is slow', () => {
    const { outgoing, frame, budget, drain } = queue();
    for (let i = 0; i < 10; i++) frame('early', 'a', kilo(32));
    outgoing.message(id('seat'), kilo(100));
    outgoing.mark(true);
    expect(budget.usedBy('own')).toBe(0); // it asked for that itself
    for (let i = 0; i < 3; i++) frame('early', 'a', 'later');
    frame('late', 'b', 'late');
    outgoing.mark(true);
    const went = drain();
    expect(went.filter((text) => text === '32768 bytes')).toHaveLength(2); // had been handed over
    expect([went.filter((text) => text === 'later').length, went.includes('late')]).toEqual([3, true]);
    expect([outgoing.bytes, budget.used]).toEqual([0, 0]);
  });

  it('gives all back when the socket goes, whatever was under way', () => {
    const { outgoing, frame, budget, drain } = queue();
    for (let i = 0; i < 20; i++) frame('a', 'a', kilo(32));
    outgoing.message(id('seat'), kilo(300));
    outgoing.close();
    expect(budget.used).toBe(0);
    drain();
    frame('a', 'a', kilo(1));
    outgoing.message(id('seat'), kilo(1));
    expect(budget.used).toBe(0);
  });

  it('tells of comings and goings as their sum, however many there were', () => {
    const { outgoing, frame, drain } = queue();
    for (let i = 0; i < 10; i++) frame('filler', 'a', kilo(32));
    outgoing.left(id('known'));
    for (let i = 0; i < 10_000; i++) {
      outgoing.joined(id('new'));
      outgoing.left(id('new'));
      outgoing.joined(id('known'));
      outgoing.left(id('known'));
    }
    outgoing.joined(id('known'));
    outgoing.joined(id('last'));
    const presence = drain().filter((text) => text.startsWith('{'));
    expect(presence.map((text) => JSON.parse(text) as unknown)).toEqual([
      { t: 'peer-left', peer: 'known' },
      { t: 'peer-joined', peer: 'known' },
      { t: 'peer-joined', peer: 'last' },
    ]);
  });

  it('lets a peer go after its last words, and forgets those of a stay that is over', () => {
    const { outgoing, frame, drain } = queue();
    for (let i = 0; i < 4; i++) frame('filler', 'a', kilo(32));
    frame('known', 'b', 'goodbye');
    outgoing.left(id('known'));
    const went = drain();
    expect(went.indexOf('goodbye')).toBeGreaterThan(0);
    expect(went.findIndex((text) => text.includes('peer-left'))).toBeGreaterThan(went.indexOf('goodbye'));

    const again = queue();
    for (let i = 0; i < 4; i++) again.frame('filler', 'a', kilo(32));
    again.frame('known', 'b', 'of before');
    again.outgoing.left(id('known'));
    again.outgoing.joined(id('known'));
    again.frame('known', 'b', 'hello');
    const texts = again.drain();
    expect(texts).not.toContain('of before');
    expect(texts.indexOf('hello')).toBeGreaterThan(texts.findIndex((text) => text.includes('peer-joined')));
    expect(again.budget.used).toBe(0);
  });

  it('answers nobody who takes no answers', () => {
    const { outgoing } = queue();
    let asked = 0;
    for (let i = 0; i < 10_000; i++) outgoing.reply(125, () => asked++);
    expect(asked).toBeLessThan(600);
  });
});
