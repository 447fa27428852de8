import { expect, test } from 'vitest';
import { leadsTo } from './link.ts';

const ID = 'e9sc9D2VHatNX85Vwjy0kQp3x7ZrT5uM1oLbC4dFgHi';
const HERE = 'http://localhost:8710/';
const here = { path: `/f/${ID}/join` };

test.each([
  [`http://localhost:8710/f/${ID}/join`],
  [`http://localhost:8710/f/${ID}`],
  [`localhost:8710/f/${ID}/try`],
  [`  /f/${ID}?from=mail `],
  [ID],
  [`Come here: http://localhost:8710/f/${ID}/join and bring rows.`],
  [`‹http://localhost:8710/f/${ID}›`],
])('%s opens here', (text) => {
  expect(leadsTo(text, HERE)).toEqual(here);
});

test.each([
  [`https://elsewhere.example/f/${ID}/join`, `https://elsewhere.example/f/${ID}/join`],
  [`It is at https://elsewhere.example/mesh/f/${ID}/join, they say`, `https://elsewhere.example/mesh/f/${ID}/join,`],
  [`elsewhere.example/f/${ID}`, `http://elsewhere.example/f/${ID}`],
])('%s is said to be elsewhere', (text, away) => {
  expect(leadsTo(text, HERE)).toEqual({ away });
});

test.each([
  [''],
  ['hello'],
  [`http://localhost:8710/f/${ID.slice(0, 42)}`],
  [`http://localhost:8710/f/${ID}x`],
  [`javascript:alert(1)//f/${ID}`],
  [`data:text/html,/f/${ID}`],
  [`file:///f/${ID}`],
])('%s leads nowhere', (text) => {
  expect(leadsTo(text, HERE)).toBeNull();
});
