/**
 * `npm run prove -- privacy:validate FILE…`: checks signed privacy reports and budget ledgers without a network (privacy-files.ts). Exits 0
 * if all are valid, 1 naming the first fault, 2 without files to check.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { asMeshError, MeshError } from '#protocol/errors';
import { LEDGER_FILE_BYTES_MAX } from '#protocol/limits';
import { judgeFiles, type PrivacyFile, type Verdict } from './privacy-files.ts';

const HELP = `npm run prove -- privacy:validate FILE… [--json]
  FILE    a signed privacy report, an exported ledger, or a headless peer's budget.jsonl;
          a report that is given beside a ledger is held against it
  --json  the verdict as one line of JSON
`;

function figures({ files, compared, wrong }: Verdict): string {
  const out: string[] = [];
  for (const { file, kind, by, records, bills } of files) {
    out.push(
      `${file}: ${kind === 'report' ? 'a privacy report' : `a ledger of ${records} records`}, signed by ${by ?? 'nobody: it is of before records were signed'}`,
    );
    for (const { account, rounds, federations, guarantee: g } of bills) {
      const pld =
        g.pld === null
          ? `no loss distribution (${g.pldAbsent})`
          : `loss distribution ${g.pld.epsilon.toFixed(6)}${g.pldSupposes === null ? '' : ` (if ${g.pldSupposes})`}`;
      out.push(`  account ${account}: ${rounds} rounds, ${federations} federations`);
      out.push(
        `  epsilon ${shown(g.epsilon)} at delta ${g.delta}, by ${g.by}: Renyi ${shown(g.rdp.epsilon)} at order ${g.rdp.order}, ${pld}`,
      );
    }
  }
  for (const [report, ledger] of compared) out.push(`${report} says what ${ledger} says`);
  if (wrong !== null) out.push(`${wrong.file}: ${new MeshError(wrong.code, wrong.detail).message}`);
  out.push(wrong === null ? 'valid' : 'not valid');
  return `${out.join('\n')}\n`;
}

const shown = (epsilon: number | null) => (epsilon === null ? 'unbounded' : epsilon.toFixed(6));

/** @throws MeshError file-too-large before reading it; not-found */
async function load(path: string): Promise<PrivacyFile> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new MeshError('not-found', { field: basename(path), expected: 'a file' }, cause);
  });
  if (size > LEDGER_FILE_BYTES_MAX) {
    throw new MeshError('file-too-large', { field: basename(path), expected: `at most ${LEDGER_FILE_BYTES_MAX} bytes`, got: String(size) });
  }
  return { name: basename(path), text: await readFile(path, 'utf8') };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help || positionals.length === 0) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const verdict = await judgeFiles(await Promise.all(positionals.map(load)));
  process.stdout.write(values.json ? `${JSON.stringify(verdict)}\n` : figures(verdict));
  return verdict.pass ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${asMeshError(error).message}\n`);
  return 1;
});
