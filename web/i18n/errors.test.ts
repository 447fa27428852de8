import { describe, expect, test } from 'vitest';
import { ERRORS } from '#protocol/errors';
import { en } from './en.ts';
import { errorTexts } from './errors-en.ts';
import { plural, t } from './t.ts';

describe('texts', () => {
  test.each(Object.keys(ERRORS))('the code %s says what happened, what it means and what to do', (code) => {
    const text = (errorTexts as Record<string, { what: string; means: string; todo: string } | undefined>)[code];
    expect(text, `no text for ${code}`).toBeDefined();
    for (const part of [text!.what, text!.means, text!.todo]) expect(part).toMatch(/^[A-Z].{5,}[.]$/);
  });

  test('no text is kept for a code that is gone', () => {
    expect(Object.keys(errorTexts).filter((code) => !(code in ERRORS))).toEqual([]);
  });

  test('every plural has both forms, and no text is empty', () => {
    const keys = Object.keys(en);
    for (const key of keys.filter((k) => k.endsWith('.one'))) expect(keys).toContain(key.replace(/one$/, 'other'));
    for (const [key, text] of Object.entries(en)) expect(text.trim(), key).not.toBe('');
  });

  test('names are filled, and the form follows the number', () => {
    expect(t('budget.value', { epsilon: '0.5' })).toBe('ε 0.5');
    expect(plural('card.here', 1)).toBe('1 participant here now');
    expect(plural('card.here', 1200)).toBe('1,200 participants here now');
    expect(plural('budget.rounds', 3, { left: 80 })).toBe('You can take part in 3 of 80 rounds.');
  });
});
