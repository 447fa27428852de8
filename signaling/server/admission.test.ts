import { describe, expect, it } from 'vitest';
import { ADDRESS_HELLOS_BURST, ADDRESS_HELLOS_PER_S } from '#protocol/limits';
import { Admission } from './admission.ts';

function house(limits = {}) {
  const time = { now: 0 };
  const admission = new Admission({ sockets: 100, unproven: 8, unprovenPerAddress: 4, ...limits }, () => time.now);
  const gone: string[] = [];
  const enter = (name: string) => {
    const [address] = name.split('/');
    return admission.enter(address!, () => void gone.push(name));
  };
  const crowd = (address: string, most = 100) => {
    let count = 0;
    while (count < most && enter(`${address}/p${count}`).proved(false)) count++;
    return count;
  };
  return { admission, enter, gone, crowd, time };
}

describe('admission', () => {
  it('makes the oldest stranger of an address give way to its own newcomers, and of the busiest one to others’', () => {
    const { enter, gone } = house();
    for (const name of ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'b/1', 'b/2', 'b/3', 'c/1']) enter(name);
    expect(gone).toEqual(['a/1']);
    enter('d/1');
    expect(gone).toEqual(['a/1', 'a/2']);
  });

  it('counts strangers no longer who proved themselves, left or gave way', () => {
    const { enter, gone } = house();
    const [first, second] = [enter('a/1'), enter('a/2')];
    expect(first.proved(false)).toBe(true);
    second.left();
    for (let i = 3; i < 7; i++) enter(`a/${i}`);
    expect(gone).toEqual([]);
    const third = enter('a/7');
    expect(gone).toEqual(['a/3']);
    third.left();
    third.left();
    enter('a/8');
    expect(gone).toEqual(['a/3']);
  });

  it('lets many people behind one address in, and always some of another', () => {
    const { crowd, admission } = house();
    expect(crowd('class')).toBe(46); // half of what strangers leave
    expect(crowd('b')).toBe(23);
    expect(crowd('c')).toBe(12);
    expect(crowd('d', 5)).toBe(5);
    expect(admission.counts().refused).toBe(3);
  });

  it('lets a known contributor in while there is any place', () => {
    const { crowd, enter, gone } = house();
    crowd('a');
    expect(enter('a/stranger').proved(false)).toBe(false);
    gone.length = 0;
    const known = Array.from({ length: 46 }, (_, i) => enter(`a/known${i}`).proved(true));
    expect([known.filter(Boolean).length, gone]).toEqual([46, []]);
  });

  it('makes the newest unknown identity of the busiest address give way to a known contributor, and nobody known', () => {
    const { crowd, enter, gone } = house({ sockets: 20, unproven: 4 });
    for (const [address, places] of [
      ['a', 8],
      ['b', 4],
      ['c', 2],
      ['d', 1],
      ['e', 1],
    ] as const)
      crowd(address, places);
    expect(enter('f/stranger').proved(false)).toBe(false);
    const known = Array.from({ length: 20 }, (_, i) => {
      const one = enter(`g${i}/known`);
      const isIn = one.proved(true);
      if (!isIn) one.left();
      return isIn;
    });
    expect(gone.slice(0, 5)).toEqual(['a/p7', 'a/p6', 'a/p5', 'a/p4', 'b/p3']);
    expect([gone.length, known.filter(Boolean).length]).toEqual([16, 16]);
  });

  it('checks only so many hellos of an address, of known contributors always', () => {
    const { enter, time } = house();
    const hellos = (count: number, known = false) => Array.from({ length: count }, () => enter('a').hello(known)).filter(Boolean).length;
    expect(hellos(2 * ADDRESS_HELLOS_BURST)).toBe(ADDRESS_HELLOS_BURST + 1);
    expect(hellos(3, true)).toBe(3);
    time.now += 2000;
    expect(hellos(100)).toBeLessThanOrEqual(2 * ADDRESS_HELLOS_PER_S);
    expect(enter('b').hello(false)).toBe(true);
  });

  it('keeps the strangers of a blamed address few, for a while', () => {
    const { enter, gone, time } = house({ unproven: 100, unprovenPerAddress: 50 });
    for (let i = 0; i < 1000; i++) enter('a').blame();
    gone.length = 0;
    for (let i = 0; i < 10; i++) enter(`a/${i}`);
    expect(gone.length).toBeGreaterThanOrEqual(6);
    expect(enter('a').hello(false)).toBe(false);
    time.now += (1000 * ADDRESS_HELLOS_BURST) / ADDRESS_HELLOS_PER_S;
    gone.length = 0;
    for (let i = 0; i < 20; i++) enter(`a/${i}`);
    expect([gone.length, enter('a').hello(false)]).toEqual([0, true]);
  });
});
