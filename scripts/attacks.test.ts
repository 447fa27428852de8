/** Attacks stay valid: the text that each removes from a file must occur exactly once, or the attack proves nothing. */
import { describe, expect, test } from 'vitest';
import { ATTACKS } from '../e2e/attack/attacks.ts';
import { rottenCuts } from '../e2e/attack/tree.ts';

describe('every attack', () => {
  test('has a name of its own', () => {
    const names = ATTACKS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) < i || !/^[a-z\d]+(-[a-z\d]+)*$/.test(name))).toEqual([]);
  });

  test.each(ATTACKS.map((attack) => [attack.name, attack] as const))('%s takes out text that is there once', async (_, { without }) => {
    expect(without.length).toBeGreaterThan(0);
    expect(await rottenCuts(without)).toEqual([]);
  });
});
