/**
 * A founder's draft: every wrong field, named by its path, and the resulting manifest body. The manifest's own parser decides; the checks
 * here repeat it field by field, so that a form can show all errors at once.
 */
import { MeshError, asMeshError, type ErrorCode } from '#protocol/errors';
import { parsePeerId, type PeerId } from '#protocol/identity';
import {
  COLUMNS_MAX,
  CONTRIBUTORS_MAX,
  GAPS_MAX,
  IMAGE_SIDE_MAX,
  MEMBER_ROWS_MAX,
  SEQUENCE_CHANNELS_MAX,
  SEQUENCE_LENGTH_MAX,
  UNIT_ROWS_MAX,
} from '#protocol/limits';
import { checkPolicyFloor, POLICY_FLOOR } from '#protocol/device-policy';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { MANIFEST_VERSION } from '#protocol/manifest/schema';
import {
  centreCounts,
  classesOf,
  numberAnswerOf,
  inputWidth,
  type SequenceTask,
  type Task,
  headingsOf,
  type DateColumn,
} from '#protocol/manifest/task';
import type { FoundingDraft } from './api.ts';
import { termsOf } from './terms.ts';

export interface Fault {
  /** Path in the draft: `task.columns.3.min`. */
  readonly field: string;
  readonly code: ErrorCode;
  readonly expected: string;
}

/** What a body has besides a draft; made when signing. */
export interface Signing {
  readonly steward: PeerId;
  readonly nonce: string;
  readonly testSet: ManifestBody['testSet'];
}

/** Half the deadline, within what a person would wait for. */
const TAKEOVER_MS = { min: 1000, max: 60_000 } as const;
/** The generator of P-256: a valid key that stands in for the steward's until there is one. */
export const ANY_PEER = 'A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW' as PeerId;

export function bodyOf(draft: FoundingDraft, { steward, nonce, testSet }: Signing): ManifestBody {
  const { name, description, region, task, rounds, seats, consent } = draft;
  const { model, privacy, rule } = termsOf(task, draft.policy, nonce);
  const takeoverMs = Math.round(Math.min(TAKEOVER_MS.max, Math.max(TAKEOVER_MS.min, rounds.deadlineMs / 2)));
  return {
    t: 'manifest',
    version: MANIFEST_VERSION,
    name: name.trim(),
    description: description.trim(),
    nonce,
    region: region.trim(),
    task,
    model,
    privacy,
    rule,
    rounds: { ...rounds, takeoverMs },
    seats,
    steward,
    relays: [],
    consent: consent.trim(),
    testSet,
    critical: [],
  };
}

/** @returns faults in the order of the form; empty if the draft can be signed */
export function faultsOf(draft: FoundingDraft): readonly Fault[] {
  const faults: Fault[] = [];
  const fault = (field: string, expected: string, code: ErrorCode = 'field-invalid') => {
    if (!faults.some((known) => known.field === field)) faults.push({ field, code, expected });
  };
  checkTask(draft.task, fault);
  checkPolicy(draft, fault);
  if (draft.policy.layers === true && draft.task.kind === 'table') fault('policy.layers', 'pictures or recordings');
  checkRounds(draft, fault);
  checkSeats(draft, fault);
  for (const [field, max] of [
    ['name', 80],
    ['description', 600],
    ['region', 32],
    ['consent', 4000],
  ] as const) {
    if (!isText(draft[field], max)) fault(field, `1 to ${max} letters`);
  }
  if (!(draft.testShare >= 0 && draft.testShare <= 1)) fault('testShare', '0 to 100 %');
  else if (draft.testShare > 0 && draft.task.kind === 'image') fault('testShare', '0 %: pictures have no sample');
  if (faults.length > 0) return faults;
  try {
    checkPolicyFloor(parseManifestBody(bodyOf(draft, { steward: ANY_PEER, nonce: 'check', testSet: null })));
  } catch (error) {
    const { code, detail } = asMeshError(error);
    fault(draftField(detail.field ?? 'manifest'), detail.expected ?? 'a value that the manifest accepts', code);
  }
  return faults;
}

/** The draft's field for a path of the manifest. */
function draftField(path: string): string {
  const [head, field] = path.split('.');
  if (head === 'privacy') return field === 'epsilon' || field === 'delta' ? `policy.${field}` : 'policy.epsilon';
  return head === 'model' || head?.startsWith('layer ') === true ? 'policy.hidden' : path;
}

type Note = (field: string, expected: string, code?: ErrorCode) => void;

function isText(value: string, max: number): boolean {
  const { length } = value.trim();
  return length >= 1 && length <= max;
}

function checkTask(task: Task, fault: Note): void {
  const { name } = task.label;
  if (!isText(name, 64)) fault('task.label.name', '1 to 64 letters');
  const number = numberAnswerOf(task);
  if (number === null) checkValues(classesOf(task), 2, 'task.label.classes', fault);
  else checkRange(number, 'task.label.number', fault);
  if (task.kind === 'image') {
    for (const side of ['width', 'height'] as const) {
      if (!isWhole(task[side], 4, IMAGE_SIDE_MAX)) fault(`task.${side}`, `4 to ${IMAGE_SIDE_MAX} pixels`);
    }
    const counts = centreCounts(task);
    if (task.centre !== undefined && !(counts.includes(task.centre.length) && task.centre.every((value) => isWhole(value, 0, 255)))) {
      fault('task.centre', `nothing, or ${counts.join(' or ')} whole numbers from 0 to 255`);
    }
    return;
  }
  if (task.kind === 'sequence') return checkSequence(task, fault);
  const { columns, group, picture } = task;
  if (columns.length < 1 || columns.length > COLUMNS_MAX) fault('task.columns', `1 to ${COLUMNS_MAX} columns`);
  const seen = new Set(headingsOf(task.label).map((heading) => heading.toLowerCase()));
  for (const [i, column] of columns.entries()) {
    const field = `task.columns.${i}`;
    const called = headingsOf(column).map((heading) => heading.toLowerCase());
    if (!isText(column.name, 64)) fault(`${field}.name`, '1 to 64 letters');
    else if (new Set(called).size < called.length || called.some((heading) => seen.has(heading)))
      fault(`${field}.name`, 'a name that no other column has, here or in files');
    for (const heading of called) seen.add(heading);
    if (column.kind !== 'ignored' && column.gaps !== undefined) checkGaps(column.gaps, `${field}.gaps`, fault);
    if (column.kind === 'date') checkDate(column, field, fault);
    if (column.kind === 'category') checkValues(column.values, column.others === true ? 1 : 2, `${field}.values`, fault);
    if (column.kind === 'number') checkRange(column, field, fault);
  }
  if (inputWidth(task) === 0) fault('task.columns', 'at least one column that is read');
  if (picture !== null && (picture.width * picture.height !== inputWidth(task) || columns.some((c) => c.kind !== 'number'))) {
    fault('task.picture', 'one number a pixel');
  }
  if (group === undefined) return;
  if (!columns.some((column) => column.name === group.column)) fault('task.group.column', 'one of the columns');
  if (!isWhole(group.rowsMax, 2, UNIT_ROWS_MAX)) fault('task.group.rowsMax', `2 to ${UNIT_ROWS_MAX} rows`);
}

function checkSequence({ channels, length, hop, windowsMax, recording, motion, label }: SequenceTask, fault: Note): void {
  if (channels.length < 1 || channels.length > SEQUENCE_CHANNELS_MAX) fault('task.channels', `1 to ${SEQUENCE_CHANNELS_MAX} channels`);
  const seen = new Set([label.name.toLowerCase()]);
  const name = (field: string, value: string) => {
    if (!isText(value, 64)) fault(field, '1 to 64 letters');
    else if (seen.has(value.toLowerCase())) fault(field, 'a name that nothing else has');
    seen.add(value.toLowerCase());
  };
  name('task.recording', recording);
  for (const [i, { name: own, ...range }] of channels.entries()) {
    const field = `task.channels.${i}`;
    name(`${field}.name`, own);
    checkRange(range, field, fault);
  }
  if (!isWhole(length, 4, SEQUENCE_LENGTH_MAX)) fault('task.length', `4 to ${SEQUENCE_LENGTH_MAX} moments`);
  if (!isWhole(hop, 1, SEQUENCE_LENGTH_MAX)) fault('task.hop', `1 to ${SEQUENCE_LENGTH_MAX} moments`);
  if (!isWhole(windowsMax, 1, UNIT_ROWS_MAX)) fault('task.windowsMax', `1 to ${UNIT_ROWS_MAX} windows`);
  if (motion !== undefined && channels.length !== 3) fault('task.channels', '3 channels where phones record');
}

function checkGaps(gaps: readonly string[], field: string, fault: Note): void {
  if (gaps.length > GAPS_MAX) fault(field, `at most ${GAPS_MAX} of them`);
  else if (!gaps.every((gap) => isText(gap, 64))) fault(field, '1 to 64 letters each');
}

function checkDate({ from, to, weekday, hour }: DateColumn, field: string, fault: Note): void {
  const isDay = (day: string | undefined) => day === undefined || isoDay(day);
  if (from === undefined && weekday !== true && hour !== true)
    fault(`${field}.from`, 'a day such as 2024-03-01, or another part of the date');
  else if (!isDay(from)) fault(`${field}.from`, 'a day such as 2024-03-01');
  else if (!isDay(to)) fault(`${field}.to`, 'a day such as 2024-03-01');
  else if (from !== undefined && !(from < to!)) fault(`${field}.to`, `a day after ${from}`);
}

function isoDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly typical?: number | undefined;
}

function checkRange({ min, max, typical }: Range, field: string, fault: Note): void {
  if (!Number.isFinite(min)) fault(`${field}.min`, 'a number');
  if (!Number.isFinite(max)) fault(`${field}.max`, 'a number');
  if (!Number.isFinite(min) || !Number.isFinite(max)) return; // not comparable
  if (!(min < max)) fault(`${field}.max`, `a number above ${min}`);
  else if (typical !== undefined && !(typical >= min && typical <= max))
    fault(`${field}.typical`, `nothing, or a number from ${min} to ${max}`);
}

function checkValues(values: readonly string[], min: number, field: string, fault: Note): void {
  if (values.length < min || values.length > 256) fault(field, `${min} to 256 values`);
  else if (!values.every((value) => isText(value, 64))) fault(field, 'values of 1 to 64 letters');
  else if (new Set(values).size !== values.length) fault(field, 'values that differ');
}

function checkPolicy({ policy }: FoundingDraft, fault: Note): void {
  const { epsilon, delta, members, rowsEach, hidden } = policy;
  if (!(epsilon >= 0.01 && epsilon <= POLICY_FLOOR.epsilonMax))
    fault('policy.epsilon', `0.01 to ${POLICY_FLOOR.epsilonMax}`, 'manifest-unsafe');
  const { deltaMin, deltaMax } = POLICY_FLOOR;
  if (!(delta >= deltaMin && delta <= deltaMax)) fault('policy.delta', `${deltaMin} to ${deltaMax}`, 'manifest-unsafe');
  if (!isWhole(members, 1, CONTRIBUTORS_MAX)) fault('policy.members', `1 to ${CONTRIBUTORS_MAX} participants`);
  if (!isWhole(rowsEach, 1, MEMBER_ROWS_MAX)) fault('policy.rowsEach', `1 to ${MEMBER_ROWS_MAX} rows`);
  if (hidden.length > 4 || !hidden.every((width) => isWhole(width, 1, 1024))) fault('policy.hidden', 'up to 4 layers of 1 to 1024 units');
}

function checkRounds({ rounds }: FoundingDraft, fault: Note): void {
  const { minContributors, maxContributors, joinWindowMs, deadlineMs } = rounds;
  if (!isWhole(minContributors, 1, CONTRIBUTORS_MAX)) fault('rounds.minContributors', `1 to ${CONTRIBUTORS_MAX} participants`);
  if (!isWhole(maxContributors, 1, CONTRIBUTORS_MAX)) fault('rounds.maxContributors', `1 to ${CONTRIBUTORS_MAX} participants`);
  else if (maxContributors < minContributors) fault('rounds.maxContributors', `at least ${minContributors}`);
  if (!isWhole(joinWindowMs, 10, 3_600_000)) fault('rounds.joinWindowMs', '0.01 seconds to one hour');
  if (!isWhole(deadlineMs, 100, 86_400_000)) fault('rounds.deadlineMs', '0.1 seconds to one day');
}

function checkSeats({ seats }: FoundingDraft, fault: Note): void {
  const list: readonly string[] = seats.kind === 'home' ? seats.relays : seats.ids;
  const at = seats.kind === 'home' ? 'seats.relays' : 'seats.ids';
  if (seats.kind === 'home' && list.length !== 1 && list.length !== 3) fault(at, '1 or 3 relays');
  for (const [i, id] of list.entries()) {
    if (!isPeer(id)) fault(`${at}.${i}`, 'a relay id of 44 letters and digits');
    else if (list.indexOf(id) < i) fault(`${at}.${i}`, 'a relay that is not named twice');
  }
}

function isPeer(id: string): boolean {
  try {
    parsePeerId(id);
    return true;
  } catch (error) {
    if (error instanceof MeshError) return false;
    throw error;
  }
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
