/**
 * Checks privacy files offline: signed reports, exported ledgers, and a headless peer's ledger on disk. It verifies every chain and
 * signature, recomputes every epsilon with every valid accountant, compares a report with the ledgers given beside it, and names the first
 * fault. The file itself says who signed it: compare that key with the person's.
 */
import { asMeshError, MeshError, type ErrorCode, type ErrorDetail } from '#protocol/errors';
import type { Hash } from '#protocol/codec';
import { LEDGER_FILE_BYTES_MAX } from '#protocol/limits';
import { openSignedLedger, signerOf, type Ledger } from '#protocol/privacy/ledger/budget-chain';
import { rootsOf } from '#protocol/privacy/ledger/budget';
import { readLedgerFile } from '#protocol/privacy/ledger/ledger-file';
import { accountFacts, reportGuarantee } from '#protocol/privacy/ledger/report';
import { checkReport, checkReportAgainst, openReport } from '#protocol/privacy/ledger/report-check';
import type { ReportBody, ReportGuarantee } from '#protocol/privacy/ledger/report-shape';

export interface PrivacyFile {
  readonly name: string;
  readonly text: string;
}

/** One account's bill, computed from the file. */
export interface Bill {
  readonly account: string;
  readonly rounds: number;
  readonly federations: number;
  readonly guarantee: ReportGuarantee;
}

export interface FileVerdict {
  readonly file: string;
  readonly kind: 'report' | 'ledger';
  /** The signing key; null for a ledger from before records were signed. */
  readonly by: string | null;
  readonly records: number;
  readonly bills: readonly Bill[];
}

export interface Verdict {
  readonly pass: boolean;
  /** Valid files, in the order given. */
  readonly files: readonly FileVerdict[];
  /** Pairs of a report and the ledger it was compared with. */
  readonly compared: readonly (readonly [report: string, ledger: string])[];
  readonly wrong: { readonly file: string; readonly code: ErrorCode; readonly detail: ErrorDetail } | null;
}

type Opened =
  | { readonly kind: 'report'; readonly file: string; readonly report: Awaited<ReturnType<typeof openReport>> }
  | { readonly kind: 'ledger'; readonly file: string; readonly ledger: Ledger };

/** Never throws for a file's content: that becomes the verdict. */
export async function judgeFiles(given: readonly PrivacyFile[]): Promise<Verdict> {
  const files: FileVerdict[] = [];
  const compared: [string, string][] = [];
  const opened: Opened[] = [];
  let at = '';
  try {
    for (const { name, text } of given) {
      at = name;
      const one = await open(name, text);
      opened.push(one);
      files.push(one.kind === 'report' ? judgeReport(one.file, one.report) : judgeLedger(one.file, one.ledger));
    }
    for (const one of opened) {
      if (one.kind !== 'report') continue;
      for (const other of opened) {
        if (other.kind !== 'ledger') continue;
        at = one.file;
        checkReportAgainst(one.report, other.ledger);
        compared.push([one.file, other.file]);
      }
    }
  } catch (error) {
    const { code, detail } = asMeshError(error);
    return { pass: false, files, compared, wrong: { file: at, code, detail } };
  }
  return { pass: true, files, compared, wrong: null };
}

async function open(file: string, text: string): Promise<Opened> {
  if (text.length > LEDGER_FILE_BYTES_MAX) {
    throw new MeshError('file-too-large', { field: 'file', expected: `at most ${LEDGER_FILE_BYTES_MAX} bytes`, got: String(text.length) });
  }
  if (text.trim() === '') throw new MeshError('file-empty', { field: 'file', expected: 'a report or a ledger' });
  const whole = parsed(text);
  if (Array.isArray(whole) || typeof whole !== 'object' || whole === null || 'kind' in whole) {
    return { kind: 'ledger', file, ledger: await openSignedLedger(lines(text), null) };
  }
  if ('body' in whole) return { kind: 'report', file, report: await openReport(whole) };
  return { kind: 'ledger', file, ledger: (await readLedgerFile(text)).ledger };
}

/** Undefined if the text as a whole is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lines(text: string): unknown[] {
  const parts = text.split('\n').filter((line) => line.trim() !== '');
  return parts.map((line, seq) => {
    const record = parsed(line);
    if (record === undefined) {
      const expected = seq === 0 ? 'a report, a ledger file, or one record per line' : 'a record in JSON';
      throw new MeshError('conflict', { field: `budget.${seq}.record`, expected, got: 'no JSON' });
    }
    return record;
  });
}

function judgeReport(file: string, { body, by }: { body: ReportBody; by: string }): FileVerdict {
  const guarantee = checkReport(body);
  const { account, lifetime, ledger } = body;
  const bill = { account, rounds: lifetime.rounds, federations: lifetime.federations, guarantee };
  return { file, kind: 'report', by, records: ledger.records, bills: [bill] };
}

/** Each account at the strictest delta that it ever agreed to. */
function judgeLedger(file: string, ledger: Ledger): FileVerdict {
  const deltas = new Map<string, number>();
  for (const record of ledger.records) {
    if (record.kind !== 'reserve') continue;
    const [root] = rootsOf(ledger, [record.account]);
    deltas.set(root!, Math.min(deltas.get(root!) ?? 1, record.delta));
  }
  const bills = [...deltas].map(([account, delta]): Bill => {
    const subject = { fed: '' as Hash, unit: 'example' as const, coordinates: null, gridBits: null };
    const { lifetime, phases } = accountFacts(ledger, account, subject);
    return { account, rounds: lifetime.rounds, federations: lifetime.federations, guarantee: reportGuarantee(phases, delta) };
  });
  return { file, kind: 'ledger', by: signerOf(ledger), records: ledger.records.length, bills };
}
