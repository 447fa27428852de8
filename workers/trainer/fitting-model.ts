/**
 * Opens the model that a manifest describes. Anybody can write a manifest, so a model too large for memory is refused with an error that a
 * page can show: the numerics know bytes but no error codes.
 */
import { MeshError } from '#protocol/errors';
import { numberAnswerOf, type Task } from '#protocol/manifest/task';
import { OutOfMemory } from '#wasm/arena';
import type { Loss, Model, ModelSpec, Numerics } from '#wasm/numerics';

/** The loss that training minimises: cross-entropy for classes, the one the task names for numbers. */
export function lossOf(task: Pick<Task, 'label'>): Loss {
  const number = numberAnswerOf(task);
  if (number === null) return 'cross-entropy';
  return number.loss === 'huber' ? 'huber' : 'mse';
}

/**
 * @param maxLot rows that usually come at once
 * @param unitRows most rows of one unit of privacy
 * @throws MeshError model-too-large with the bytes that it needs
 */
export function fittingModel(numerics: Numerics, spec: ModelSpec, maxLot: number, unitRows = 1): Model {
  try {
    return numerics.model(spec, maxLot, unitRows);
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    const { needed, most } = error;
    const expected = most === null ? 'memory that this device can give' : `at most ${most} bytes of memory`;
    throw new MeshError('model-too-large', { field: 'model', expected, got: `${needed} bytes` }, error);
  }
}
