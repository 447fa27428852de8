/**
 * `npm run prove -- attack`: every attack of attacks.ts against a real relay and real members. All must fail, and each must succeed in a
 * copy of the tree without its defence (attack.ts explains how to write one). Then the rounds per minute of three honest members are
 * counted during each flood, with relay and members on one processor and the attacker on the other, against a control with a dummy load in
 * the attacker's place.
 *
 * --list names and findings --only NAME,… these alone --skip-rates no counting of rounds --skip-cuts this tree alone
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { round, verdict } from '../verdict.ts';
import type { Attack } from './attack.ts';
import { ATTACKS } from './attacks.ts';
import { MEMORY_BUDGET_MB } from './memory-budget.ts';
import { dummyLoad, hasCores, play, rateUnder, type Played } from './playing.ts';
import { summaryOf, TARGETS, type Tried } from './summary.ts';
import { ROOT, rottenCuts, treeWithout } from './tree.ts';

const AT_ONCE = Math.min(2, availableParallelism());

const { values } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    only: { type: 'string' },
    'skip-rates': { type: 'boolean', default: false },
    'skip-cuts': { type: 'boolean', default: false },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

async function tryOne(attack: Attack): Promise<Tried> {
  const rotten = await rottenCuts(attack.without);
  const here = await play(ROOT, attack.name);
  let there: Played | null = null;
  if (!values['skip-cuts'] && rotten.length === 0 && attack.without.length > 0) {
    const tree = await treeWithout(attack.without);
    there = await play(tree.root, attack.name).finally(() => tree.remove());
  }
  const tried = { attack, here, there, rotten: rotten.map(({ file }) => file) };
  say(lineOf(tried));
  return tried;
}

function lineOf({ attack, here, there, rotten }: Tried): string {
  const told = (played: Played | null) =>
    played === null
      ? 'not tried'
      : 'error' in played
        ? `BROKEN ${played.error}`
        : `${played.succeeded ? 'succeeds' : 'fails'} ${JSON.stringify(played.evidence)}`;
  const without = rotten.length > 0 ? `ROTTEN: ${rotten.join(', ')}` : told(there);
  return `${attack.name}: ${told(here)}; without its defence: ${without}`;
}

async function tryAll(attacks: readonly Attack[]): Promise<Tried[]> {
  const waiting = attacks.filter(({ alone }) => alone !== true);
  const tried: Tried[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) tried.push(await tryOne(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const attack of attacks) if (attack.alone === true) tried.push(await tryOne(attack));
  return attacks.map((attack) => tried.find((one) => one.attack === attack)!);
}

/** Models per minute under each flood as shares of the control's. */
async function shares(attacks: readonly Attack[]): Promise<ReadonlyMap<string, number> | null> {
  const floods = attacks.filter(({ slow }) => slow !== undefined);
  if (values['skip-rates'] || floods.length === 0 || !hasCores()) return null;
  const control = async () => {
    const load = dummyLoad();
    return rateUnder('control').finally(() => load.kill());
  };
  const controls = [await control()];
  const rates = new Map<string, number>();
  for (const { name } of floods) {
    rates.set(name, await rateUnder(name));
    if (rates.size === Math.ceil(floods.length / 2)) controls.push(await control());
  }
  controls.push(await control());
  const usual = controls.sort((a, b) => a - b)[Math.floor(controls.length / 2)]!;
  say(`control: ${controls.map((rate) => round(rate, 1)).join(', ')} models a minute`);
  for (const [name, rate] of rates) say(`under ${name}: ${round(rate, 1)}`);
  return new Map([...rates].map(([name, rate]) => [name, rate / usual]));
}

async function main(): Promise<void> {
  if (values.list) {
    for (const { name, finding, held, slow } of ATTACKS) say(`${name}${held ? ' (held)' : ''}${slow ? ' (slows)' : ''}: ${finding}`);
    say(JSON.stringify({ attacks: ATTACKS.length }));
    return;
  }
  const only = values.only?.split(',');
  const attacks = ATTACKS.filter(({ name }) => only === undefined || only.includes(name));
  if (only !== undefined && attacks.length !== only.length) throw new Error('--only: expected names that --list shows');
  const began = performance.now();
  const tried = await tryAll(attacks);
  const { pass, figures } = summaryOf(tried, await shares(attacks), only !== undefined || values['skip-rates'] || values['skip-cuts']);
  verdict(
    'attack',
    pass,
    { ...figures, seconds: round((performance.now() - began) / 1000, 0) },
    { ...TARGETS, rssGrowthMB: MEMORY_BUDGET_MB },
  );
}

await main();
