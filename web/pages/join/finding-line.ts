/** A finding in a plain sentence: what was found, in which rows and column, what was expected, and what is done about it. */
import type { Finding, FindingCode } from '#workers/api';
import { plural, t, type PluralKey } from '../../i18n/t.ts';
import { count } from '../../words/format.ts';

export type FindingGroup = 'remark' | 'left' | 'read' | 'known';

/** Comments cost no rows; they are only worth knowing. */
export function groupOf({ code, action }: Finding): FindingGroup {
  if (code === 'one-class') return 'remark';
  if (code === 'comment-lines' || action === 'kept') return 'known';
  return action === 'left-out' ? 'left' : 'read';
}

export function findingLine(finding: Finding): string {
  const { count: n, column, expected, got, readAs } = finding;
  const values = { column: column ?? '', expected: expected ?? '', got: gotOf(finding.code, got), readAs: readAs ?? '' };
  return [plural(stemOf(finding), n, values), rowsOf(finding)].filter(Boolean).join(' ');
}

/** Findings about the whole file or its header name no rows. */
const WITHOUT_ROWS: readonly FindingCode[] = [
  'encoding',
  'separator',
  'no-header',
  'header-written',
  'columns-unread',
  'label-repeated',
  'imbalance',
];

function rowsOf({ code, rows, count: n }: Finding): string {
  if (rows.length === 0 || WITHOUT_ROWS.includes(code)) return '';
  const named = rows.map(count).join(', ');
  if (rows.length < n) return t('doctor.rows.first', { rows: named });
  return rows.length === 1 ? t('doctor.row', { rows: named }) : t('doctor.rows', { rows: named });
}

function stemOf({ code, action, got }: Finding): PluralKey {
  const leftOut = action === 'left-out';
  if (code === 'missing') return leftOut ? 'doctor.missing.left' : 'doctor.missing.read';
  if (code === 'category-unknown') return leftOut ? 'doctor.category-unknown.left' : 'doctor.category-unknown.read';
  if (code === 'recording-rate') return leftOut ? 'doctor.recording-rate.left' : 'doctor.recording-rate.known';
  if (code === 'recording-file') return leftOut ? 'doctor.recording-file.left' : 'doctor.recording-file.known';
  // One separator and three digits after it, as in 1,234 or 1.234.
  if (code === 'number-written' && /^'[+-]?[1-9]\d{0,2}[.,]\d{3}'$/.test(got ?? '')) return 'doctor.number-either';
  return `doctor.${code}`;
}

/** Groups the digits of row counts; cells stay as written. */
function gotOf(code: FindingCode, got: string | null): string {
  return code === 'rows-part' && got !== null ? `${count(Number(got))}` : (got ?? '');
}
