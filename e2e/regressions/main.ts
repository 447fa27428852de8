/**
 * `npm run prove -- regressions`: what strangers once met, as named cases with their right values, against real parts. Floods and forgeries
 * are attacks (../attack); a case that is one of them plays that. --only NAME,… plays these alone.
 */
import { parseArgs } from 'node:util';
import { isDeepStrictEqual } from 'node:util';
import { Arena } from '../attack/arena.ts';
import { ATTACKS } from '../attack/attacks.ts';
import { play } from '../attack/playing.ts';
import { ROOT } from '../attack/tree.ts';
import { verdict } from '../verdict.ts';
import { OPEN, type Case } from './case.ts';
import { cases as ofDevices } from './device-cases.ts';
import { cases as ofFounders } from './founding-cases.ts';
import { cases as ofReader } from './reader-cases.ts';
import { cases as ofRecordings } from './recordings-cases.ts';
import { cases as ofPolicies } from './policy-cases.ts';
import { cases as ofNumbers } from './regression-cases.ts';
import { cases as ofRelays } from './relay-cases.ts';
import { cases as ofRivals } from './rival-cases.ts';

/** Findings about relay and mesh whose case is the attack itself. */
const PLAYED: readonly string[] = ['signals-close-a-victim', 'silent-joiner', 'older-copy-put-back', 'forged-records-name-a-victim'];

const attacked = PLAYED.map((name): Case => {
  const { finding } = ATTACKS.find((attack) => attack.name === name)!;
  const run = async () => {
    const played = await play(ROOT, name);
    return 'error' in played ? played : { succeeded: played.succeeded };
  };
  return { name, finding, right: { succeeded: false }, run };
});

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const wrong: string[] = [];
let right = 0;
for (const one of [
  ...ofDevices,
  ...ofFounders,
  ...ofReader,
  ...ofRecordings,
  ...ofPolicies,
  ...ofNumbers,
  ...ofRelays,
  ...ofRivals,
  ...attacked,
]) {
  if (only !== undefined && !only.includes(one.name)) continue;
  const arena = new Arena();
  const got = await one
    .run(arena)
    .catch((error: unknown) => ({ error: String(error) }))
    .finally(() => arena.close());
  const holds = isDeepStrictEqual(got, one.right);
  if (holds) right++;
  else wrong.push(one.name);
  process.stdout.write(
    `${holds ? 'right' : 'WRONG'} ${one.name}: ${JSON.stringify(got)}${holds ? '' : `, expected ${JSON.stringify(one.right)}`}\n`,
  );
}
for (const { name, finding, waitsFor } of OPEN) process.stdout.write(`open  ${name}: ${finding}; waits for ${waitsFor}\n`);
verdict(
  'regressions',
  wrong.length === 0 && right > 0,
  { right, wrong, open: OPEN.map(({ name }) => name) },
  { wrong: [], open: OPEN.length },
);
process.exit();
