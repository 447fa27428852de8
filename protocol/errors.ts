/**
 * The error table: a stable code, and what each transport does with it.
 * A text is for people and may change; match on `code`. `message` in the table is a key of the page's dictionary.
 */

interface ErrorRow {
  /** HTTP status if the code leaves through REST. */
  readonly status: number;
  /** WebSocket close code if it ends a socket (4000-4999 are private, RFC 6455 7.4.2). */
  readonly close: number;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
}

const row = (status: number, close: number, retry = false): ErrorRow => ({ status, close, retry });

export const ERRORS = {
  'frame-too-large': row(413, 1009),
  'frame-malformed': row(400, 4400),
  'frame-unexpected': row(400, 4401),
  'version-unsupported': row(426, 4426),
  'challenge-failed': row(401, 4403),
  'hello-timeout': row(408, 4408, true),
  replaced: row(409, 4409),
  'room-unknown': row(404, 4404),
  withdrawn: row(410, 4411),
  'room-full': row(503, 4503, true),
  'rate-limited': row(429, 4429, true),
  'slow-consumer': row(503, 4508, true),
  draining: row(503, 1012, true),
  overloaded: row(503, 1013, true),
  'peer-unknown': row(404, 4410, true),
  unreachable: row(504, 4410, true),
  'not-canonical': row(400, 4400),
  'signature-invalid': row(401, 4403),
  'field-invalid': row(422, 4422),
  'manifest-version': row(422, 4422),
  'manifest-unsafe': row(422, 4422),
  'group-unsafe': row(422, 4422),
  'extension-unknown': row(422, 4422),
  'wrong-federation': row(404, 4404),
  stale: row(409, 4409),
  duplicate: row(409, 4409),
  'wrong-length': row(422, 4422),
  'out-of-bound': row(422, 4422),
  'not-a-number': row(422, 4422),
  conflict: row(409, 4409),
  'not-listed': row(409, 4409, true),
  'budget-spent': row(403, 4422),
  'model-finished': row(410, 4422),
  'budget-locked': row(409, 4409, true),
  'not-found': row(404, 4404),
  quota: row(429, 4429, true),
  'publishing-closed': row(403, 4403),
  'blob-mismatch': row(422, 4422),
  'file-empty': row(422, 4422),
  'file-too-large': row(413, 1009),
  'file-binary': row(415, 4422),
  'picture-unreadable': row(415, 4422),
  'column-missing': row(422, 4422),
  'column-count': row(422, 4422),
  'model-unfit': row(422, 4422),
  'model-too-large': row(422, 4422),
  'value-type': row(422, 4422),
  'label-unknown': row(422, 4422),
  'rows-too-few': row(422, 4422),
  'rows-too-many': row(422, 4422),
  'rows-lost': row(410, 4422),
  'records-unread': row(503, 4422, true),
  'storage-denied': row(507, 4422),
  internal: row(500, 1011, true),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** The field, column or message part at fault, as a path: "rounds.deadlineMs". */
  readonly field?: string;
  readonly expected?: string;
  readonly got?: string;
  /** 1-based row of a data file. */
  readonly row?: number;
}

/** An error of the mesh: `code` from the table, `detail` names the field and what was expected. */
export class MeshError extends Error {
  override readonly name = 'MeshError';
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, detail: ErrorDetail = {}, cause?: unknown) {
    super(describe(code, detail), cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
  }
}

function describe(code: ErrorCode, detail: ErrorDetail): string {
  const where = [detail.row === undefined ? '' : `row ${detail.row}`, detail.field ?? ''].filter(Boolean).join(', ');
  const what = [detail.expected === undefined ? '' : `expected ${detail.expected}`, detail.got === undefined ? '' : `got ${detail.got}`]
    .filter(Boolean)
    .join(', ');
  return [code, where, what].filter(Boolean).join(': ');
}

/** Wraps anything thrown so that a caller always has a code. */
export function asMeshError(error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  return new MeshError('internal', { got: error instanceof Error ? error.message : String(error) }, error);
}
