/**
 * `npm run prove -- doctor:dialects`: five tables in 300 seeded dialects. Founding must propose the same names, kinds and rows as for the
 * plain file, a participant's file must load whole, and its tensors must equal those of the plain file bit for bit. [--seeds N] [--only
 * SEED,…]
 */
import { parseArgs } from 'node:util';
import { verdict } from '../../e2e/verdict.ts';
import { drawDialect } from './dialect.ts';
import { judge } from './judge.ts';
import { madeTables, publishedTables } from './tables.ts';

const SEEDS = 300;
const { values } = parseArgs({ options: { seeds: { type: 'string', default: String(SEEDS) }, only: { type: 'string' } } });
const only = values.only?.split(',');
const tables = [...publishedTables(), ...madeTables()];
const failures: string[] = [];
const agreed = { dialects: 0, founding: 0, joining: 0, tensors: 0 };
const started = performance.now();
for (let i = 0; i < Number(values.seeds); i++) {
  const table = tables[i % tables.length]!;
  const seed = `${table.name}-${i}`;
  if (only !== undefined && !only.includes(seed)) continue;
  const dialect = drawDialect(seed);
  const { founding, joining, tensors, differs } = await judge(table, dialect);
  agreed.dialects++;
  agreed.founding += Number(founding);
  agreed.joining += Number(joining);
  agreed.tensors += Number(tensors);
  if (differs.length === 0) continue;
  failures.push(seed);
  process.stdout.write(`${JSON.stringify(dialect)}\n  ${differs.join('\n  ')}\n`);
}
const seconds = Math.round((performance.now() - started) / 100) / 10;
const whole = agreed.dialects > 0 && tables.length === 5;
verdict(
  'doctor:dialects',
  failures.length > 0 ? false : whole ? true : null,
  { ...agreed, tables: tables.map(({ name }) => name), failures, seconds },
  { founding: agreed.dialects, joining: agreed.dialects, tensors: agreed.dialects, tables: 5 },
);
