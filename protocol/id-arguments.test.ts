import { parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { idArguments } from './id-arguments.ts';

const ID = '-iXqgP3x7ZrT5uM1oLbC4dFgHie9sc9D2VHatNX85Vw';
const OPTIONS = { json: { type: 'boolean' }, federation: { type: 'string' } } as const;
const parsed = (args: readonly string[]) => {
  const { values, positionals } = parseArgs({ args: idArguments(args, ['--federation']), options: OPTIONS, allowPositionals: true });
  return { ...values, positionals };
};

test('an id that begins with a hyphen is no option, wherever it stands', () => {
  expect(() => parseArgs({ args: ['remove', ID], options: OPTIONS, allowPositionals: true })).toThrow(/Unknown option/);
  expect(parsed(['remove', ID, '--json'])).toEqual({ json: true, positionals: ['remove', ID] });
  expect(parsed(['--json', ID])).toEqual({ json: true, positionals: [ID] });
  expect(parsed(['remove', '--', ID])).toEqual({ positionals: ['remove', ID] });
  expect(parsed(['--federation', ID])).toEqual({ federation: ID, positionals: [] });
  expect(parsed([`--federation=${ID}`])).toEqual({ federation: ID, positionals: [] });
});

test('everything else stays as it was', () => {
  for (const args of [[], ['list'], ['--federation', 'x', '--json'], ['remove', ID.replace('-', 'a')]])
    expect(idArguments(args)).toEqual(args);
  expect(() => parsed(['remove', '--wrong'])).toThrow(/Unknown option/);
});
