/** A founder's draft that can be signed, and unwrapped answers, for tests. */
import type { Result } from '../api.ts';
import type { FoundingDraft } from './api.ts';

/** The generator of P-256: a valid public key whose private key, 1, everybody knows. */
export const RELAY = 'A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW';

export function draftFixture(changes: Partial<FoundingDraft> = {}): FoundingDraft {
  return {
    name: 'Ships',
    description: 'Who was saved.',
    region: 'local',
    task: {
      kind: 'table',
      columns: [
        { kind: 'category', name: 'sex', values: ['f', 'm'], others: true },
        { kind: 'number', name: 'age', min: 0, max: 80, missing: 'fill' },
        { kind: 'ignored', name: 'name' },
      ],
      label: { name: 'saved', classes: ['no', 'yes'], place: 1 },
      picture: null,
    },
    policy: { epsilon: 4, delta: 1e-5, members: 3, rowsEach: 200, hidden: [8] },
    rounds: { minContributors: 3, maxContributors: 32, joinWindowMs: 1500, deadlineMs: 10_000 },
    seats: { kind: 'home', relays: [RELAY] },
    consent: 'I agree.',
    testShare: 0,
    ...changes,
  };
}

export function valueOf<T>(answer: Result<T>): T {
  if (!answer.ok) throw new Error(`expected an answer, got ${answer.error.code} ${JSON.stringify(answer.error.detail)}`);
  return answer.value;
}
