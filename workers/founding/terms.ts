/**
 * Turns a founder's decisions into a federation's rounds, noise, model and rule, and quotes them in numbers that a person can weigh.
 * tablePolicy (protocol/presets.ts) makes the choices; nothing here looks at rows.
 */
import { MeshError } from '#protocol/errors';
import type { Layer } from '#protocol/model/layers';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { imageLayers, sequenceLayers } from '#protocol/model/preset-layers';
import { epsilonOfRows } from '#protocol/privacy/several-rows';
import { bytesOfUpdate, promiseFromStart } from '#protocol/privacy/ledger/promise';
import { TABLE_PRESET, tablePolicy } from '#protocol/presets';
import { classesOf, inputShape, inputWidth, unitRowsMax, type Task, type TableColumn } from '#protocol/manifest/task';
import type { Policy, PolicyQuote } from './api.ts';

export type Terms = Pick<ManifestBody, 'model' | 'privacy' | 'rule'>;

/** What founding offers: one relay that votes. Its key has no effect on lengths. */
const SEATS: ManifestBody['seats'] = { kind: 'home', relays: ['relay'] };
const { activation: ACTIVATION } = TABLE_PRESET;

/**
 * @param seed determines the model's first weights
 * @throws MeshError field-invalid for a goal that no noise reaches
 */
export function termsOf(task: Task, policy: Policy, seed: string): Terms {
  const size = { inputs: inputsSet(task), lengthSquared: lengthSquaredOf(task), groupRows: unitRowsMax(task) };
  const layers = policy.layers === true ? layersFor(task) : null;
  const model: Terms['model'] =
    layers === null ? { kind: 'mlp', hidden: [...policy.hidden], activation: ACTIVATION, seed } : { kind: 'layers', layers, seed };
  const parameters = networkOf({ task, model }).parameterCount;
  const { privacy, rule } = tablePolicy({ ...policy, ...size, parameters, layers: layers !== null });
  return { model, privacy, rule };
}

/** @throws MeshError field-invalid for a table, whose columns have no neighbours */
function layersFor(task: Task): Layer[] {
  const classes = classesOf(task).length;
  if (task.kind === 'sequence') return sequenceLayers(inputShape(task), classes);
  if (task.kind === 'image') return imageLayers(inputShape(task), classes);
  throw new MeshError('field-invalid', { field: 'policy.layers', expected: 'pictures or recordings', got: 'a table' });
}

/** Inputs that one row sets: a category sets one of its values, a date one of its days of the week. */
function inputsSet(task: Task): number {
  return task.kind === 'table' ? task.columns.reduce((sum, column) => sum + inputsOfColumn(column), 0) : inputWidth(task);
}

function inputsOfColumn(column: TableColumn): number {
  if (column.kind === 'ignored') return 0;
  if (column.kind !== 'date') return 1;
  return (column.from === undefined ? 0 : 1) + (column.weekday === true ? 1 : 0) + (column.hour === true ? 2 : 0);
}

/** Mean squares of an input under the proposals: a number around its typical value, around the middle of its range, and ink. */
const CENTRED_SQUARE = 0.3;
const UNCENTRED_SQUARE = 0.5;
const INK_SQUARE = 0.4;

/** The squared length of a typical row's inputs, from the public description alone. A category sets one input to 1. */
function lengthSquaredOf(task: Task): number {
  const square = ({ typical }: { readonly typical?: number | undefined }) => (typical === undefined ? UNCENTRED_SQUARE : CENTRED_SQUARE);
  if (task.kind === 'image') return INK_SQUARE * inputWidth(task);
  if (task.kind === 'sequence') return task.length * task.channels.reduce((sum, channel) => sum + square(channel), 0);
  return task.columns.reduce((sum, column) => {
    if (column.kind === 'number') return sum + square(column);
    return sum + (column.kind === 'category' ? 1 : UNCENTRED_SQUARE * inputsOfColumn(column));
  }, 0);
}

/**
 * @param rowsTogether rows of one person, if the task protects each row on its own, or recordings
 * @throws MeshError field-invalid: as termsOf, and for a model that is too large
 */
export function quoteOf(task: Task, policy: Policy, rowsTogether?: number): PolicyQuote {
  const { model, privacy } = termsOf(task, policy, 'quote');
  const terms = { task, model, privacy, seats: SEATS };
  const promised = promiseFromStart(terms, policy.members - 1);
  return {
    rounds: promised.rounds,
    sigma: privacy.sigma,
    rate: privacy.rate,
    noiseShare: (privacy.sigma * unitRowsMax(task)) / (privacy.lot * Math.sqrt(policy.members)),
    parameters: networkOf(terms).parameterCount,
    updateBytes: bytesOfUpdate(terms),
    bytes: promised.bytes,
    rowsEpsilon:
      rowsTogether === undefined || (task.kind === 'table' && unitRowsMax(task) > 1)
        ? null
        : epsilonOfRows(privacy, rowsTogether, privacy.delta),
  };
}
