import { describe, expect, it } from 'vitest';
import { networkOf } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import type { TableTask } from '#protocol/manifest/task';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import type { FoundingDraft } from './api.ts';
import { draftFixture, RELAY } from './draft.fixture.ts';
import { bodyOf, faultsOf } from './draft.ts';

const fields = (changes: Partial<FoundingDraft>) => faultsOf(draftFixture(changes)).map(({ field }) => field);
const { policy, rounds } = draftFixture();
const task = draftFixture().task as TableTask;
const numberLabel = (change: object) => ({ name: 'price', number: { min: 0, max: 10, loss: 'huber' as const, ...change } });

describe('a draft', () => {
  it('becomes a manifest if it has no fault', () => {
    expect(faultsOf(draftFixture())).toEqual([]);
    const body = bodyOf(draftFixture({ name: '  Ships ' }), { steward: RELAY as never, nonce: 'n', testSet: null });
    expect(parseManifestBody(body)).toMatchObject({ name: 'Ships', privacy: { epsilon: 4 }, rounds: { takeoverMs: 5000 } });
  });

  it('with a number to answer becomes one with a single output', () => {
    const draft = draftFixture({ task: { ...task, label: numberLabel({ typical: 3 }) } });
    expect(faultsOf(draft)).toEqual([]);
    const body = parseManifestBody(bodyOf(draft, { steward: RELAY as never, nonce: 'n', testSet: null }));
    expect(networkOf(body).output.channels).toBe(1);
  });

  it('of recordings becomes one whose unit is a recording, with layers that fit its windows', () => {
    const draft = draftFixture({ task: sequenceTask({ length: 32, hop: 16 }), policy: { ...policy, hidden: [], layers: true } });
    expect(faultsOf(draft)).toEqual([]);
    const body = bodyOf(draft, { steward: RELAY as never, nonce: 'n', testSet: null });
    expect(parseManifestBody(body)).toMatchObject({ privacy: { unit: 'group' }, model: { kind: 'layers' } });
    const single = { ...draft, task: sequenceTask({ windowsMax: 1 }) };
    expect(parseManifestBody(bodyOf(single, { steward: RELAY as never, nonce: 'n', testSet: null })).privacy.unit).toBe('example');
  });

  it('names every wrong field at once, with what was expected', () => {
    const faults = faultsOf(
      draftFixture({
        name: ' ',
        policy: { ...policy, epsilon: 20, members: 0 },
        task: { ...task, columns: [{ kind: 'number', name: 'age', min: 9, max: 3 }, ...task.columns.slice(0, 1)] },
        consent: '',
      }),
    );
    expect(faults).toEqual([
      { field: 'task.columns.0.max', code: 'field-invalid', expected: 'a number above 9' },
      { field: 'policy.epsilon', code: 'manifest-unsafe', expected: '0.01 to 8' },
      { field: 'policy.members', code: 'field-invalid', expected: '1 to 64 participants' },
      { field: 'name', code: 'field-invalid', expected: '1 to 80 letters' },
      { field: 'consent', code: 'field-invalid', expected: '1 to 4000 letters' },
    ]);
  });

  it('does not judge one end of a range by the other if that is not a number', () => {
    const label = numberLabel({ min: Number.NaN, typical: 5 });
    const columns = task.columns.map((column) => ({ kind: 'number' as const, name: column.name, min: 9, max: Number.NaN, typical: 10 }));
    const expected = faultsOf(draftFixture({ task: { ...task, columns, label } })).map((fault) => fault.expected);
    expect(new Set(expected)).toEqual(new Set(['a number']));
  });

  it.each<[string, Partial<FoundingDraft>]>([
    ['task.label.classes', { task: { ...task, label: { ...task.label, classes: ['no'] } } }],
    ['task.label.classes', { task: { ...task, label: { ...task.label, classes: ['no', 'no'] } } }],
    ['task.label.number.min', { task: { ...task, label: numberLabel({ min: Number.NaN }) } }],
    ['task.label.number.max', { task: { ...task, label: numberLabel({ max: 0 }) } }],
    ['task.label.number.typical', { task: { ...task, label: numberLabel({ typical: 10.5 }) } }],
    ['task.columns.1.name', { task: { ...task, columns: task.columns.map((column) => ({ ...column, name: 'sex' })) } }],
    ['task.columns.0.name', { task: { ...task, label: { ...task.label, name: 'SEX' } } }],
    ['task.columns.0.values', { task: { ...task, columns: [{ kind: 'category', name: 'a', values: ['x'] }] } }],
    ['task.columns.1.name', { task: { ...task, columns: [task.columns[0]!, { kind: 'ignored', name: 'note', heading: 'SEX' }] } }],
    ['task.columns.0.name', { task: { ...task, label: { ...task.label, heading: 'Sex' } } }],
    ['task.columns.0.gaps', { task: { ...task, columns: [{ kind: 'number', name: 'a', min: 0, max: 9, gaps: ['x'.repeat(65)] }] } }],
    [
      'task.columns.0.gaps',
      { task: { ...task, columns: [{ kind: 'date', name: 'a', hour: true, gaps: Array.from({ length: 17 }, String) }] } },
    ],
    ['task.columns.0.from', { task: { ...task, columns: [{ kind: 'date', name: 'a' }] } }],
    ['task.columns.0.from', { task: { ...task, columns: [{ kind: 'date', name: 'a', from: '1.3.2024', to: '2024-04-01' }] } }],
    ['task.columns.0.from', { task: { ...task, columns: [{ kind: 'date', name: 'a', from: '2024-02-30', to: '2024-04-01' }] } }],
    ['task.columns.0.to', { task: { ...task, columns: [{ kind: 'date', name: 'a', from: '2024-03-01', to: '2024-02-01' }] } }],
    ['task.columns.0.typical', { task: { ...task, columns: [{ kind: 'number', name: 'a', min: 0, max: 9, typical: 10 }] } }],
    ['task.columns', { task: { ...task, columns: [{ kind: 'ignored', name: 'a' }] } }],
    ['task.group.rowsMax', { task: { ...task, group: { column: 'name', rowsMax: 65 } } }],
    ['task.group.column', { task: { ...task, group: { column: 'nobody', rowsMax: 4 } } }],
    ['task.picture', { task: { ...task, picture: { width: 2, height: 2 } } }],
    [
      'task.width',
      { task: { kind: 'image', width: 3, height: 8, colour: 'grey', background: 'light', label: { name: 'label', classes: ['a', 'b'] } } },
    ],
    ['task.channels', { task: sequenceTask({ channels: [] }) }],
    ['task.channels.1.name', { task: sequenceTask({ channels: [1, 2].map(() => ({ name: 'x', min: 0, max: 1 })) }) }],
    ['task.channels.0.max', { task: sequenceTask({ channels: [{ name: 'x', min: 0, max: Number.NaN }] }) }],
    ['task.channels.0.typical', { task: sequenceTask({ channels: [{ name: 'x', min: 0, max: 1, typical: 2 }] }) }],
    ['task.recording', { task: sequenceTask({ recording: 'way' }) }],
    ['task.length', { task: sequenceTask({ length: 2 }) }],
    ['task.hop', { task: sequenceTask({ hop: 0 }) }],
    ['task.windowsMax', { task: sequenceTask({ windowsMax: 65 }) }],
    ['policy.layers', { policy: { ...policy, layers: true } }],
    ['policy.delta', { policy: { ...policy, delta: 0.01 } }],
    ['policy.rowsEach', { policy: { ...policy, rowsEach: 40_000 } }],
    ['policy.hidden', { policy: { ...policy, hidden: [2000] } }],
    ['rounds.maxContributors', { rounds: { ...rounds, minContributors: 9, maxContributors: 4 } }],
    ['rounds.deadlineMs', { rounds: { ...rounds, deadlineMs: 5 } }],
    ['seats.relays', { seats: { kind: 'home', relays: [] } }],
    ['seats.relays', { seats: { kind: 'home', relays: [RELAY, 'x'.repeat(44)] } }],
    ['seats.relays.0', { seats: { kind: 'home', relays: ['nobody'] } }],
    ['testShare', { testShare: 1.5 }],
    ['description', { description: 'x'.repeat(601) }],
  ])('%s is named if it is wrong', (field, changes) => {
    expect(fields(changes)).toContain(field);
  });

  it('that only the manifest as a whole refuses is named too', () => {
    const columns = Array.from({ length: 260 }, (_, i) => ({
      kind: 'category' as const,
      name: `a column with a long name ${i}`.padEnd(60, 'x'),
      values: Array.from({ length: 200 }, (_value, v) => `value ${v}`),
    }));
    expect(faultsOf(draftFixture({ task: { ...task, columns, label: { ...task.label, place: 260 } } })).length).toBe(1);
  });
});
