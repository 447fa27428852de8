/** The rules of docs/style.md that a program can check: short sentences, banned words, no exclamation marks. */
import { describe, expect, test } from 'vitest';
import { en } from './en.ts';
import { errorTexts, wrongLinkTexts, type ErrorText } from './errors-en.ts';

const WORDS_MAX = 14;

/** Keys of sentences that may be longer, each for a reason. */
const LONG: Readonly<Record<string, string>> = {
  'report.formal.text': 'a definition that has to be exact',
};

/** Keys of sentences about human beings. */
const PEOPLE: Readonly<Record<string, string>> = {
  'account.others': 'rows that describe persons',
  'account.others.warning': 'rows that describe persons',
  'help.host.others': 'a heading of docs/start.md, quoted',
  'report.not.population': 'what a model says of everybody, here or not',
};

const NOT_OURS = /\b(federations?|simply|please)\b/i;

function texts(): readonly (readonly [string, string])[] {
  const parts = ([code, { what, means, todo }]: readonly [string, ErrorText]) =>
    ([what, means, todo] as const).map((text, i) => [`${code} (${i + 1})`, text] as const);
  const errors = Object.entries<ErrorText>({ ...errorTexts, ...wrongLinkTexts });
  return [...Object.entries<string>(en), ...errors.flatMap(parts)];
}

/** A placeholder counts as one word; so does a figure with its decimals. */
function sentencesOf(text: string): readonly string[] {
  return text.replace(/\{\w+\}/g, 'x').split(/[.!?;…](?=\s|$)|\n/);
}

const wordsIn = (sentence: string) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

describe('words', () => {
  test(`no sentence has more than ${WORDS_MAX} words`, () => {
    const long = texts().flatMap(([key, text]) =>
      sentencesOf(text)
        .filter((sentence) => wordsIn(sentence) > WORDS_MAX && LONG[key] === undefined)
        .map((sentence) => `${key}: ${wordsIn(sentence)} words: ${sentence.trim()}`),
    );
    expect(long).toEqual([]);
  });

  test('no word that is not ours, and no exclamation mark', () => {
    const found = texts().filter(
      ([key, text]) => NOT_OURS.test(text) || text.includes('!') || (/\bpeople\b/i.test(text) && PEOPLE[key] === undefined),
    );
    expect(found).toEqual([]);
  });

  test('no exception is kept for a text that needs none', () => {
    const known = new Map(texts());
    for (const key of Object.keys(LONG)) {
      expect(Math.max(...sentencesOf(known.get(key) ?? '').map(wordsIn)), key).toBeGreaterThan(WORDS_MAX);
    }
    for (const key of Object.keys(PEOPLE)) expect(known.get(key), key).toMatch(/\bpeople\b/i);
  });

  test('what is counted is what a reader would count', () => {
    expect(sentencesOf('One, two; {n} of 2.5 s. Four').map(wordsIn)).toEqual([2, 4, 1]);
    expect(sentencesOf('Right?\nLeft…').map(wordsIn)).toEqual([1, 0, 1, 0]);
  });
});
