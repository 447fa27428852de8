/** Checks that the task has the answers that rows give. */
import { MeshError } from '#protocol/errors';
import { outputOfAnswer } from '#protocol/manifest/number-answer';
import { classesOf, numberAnswerOf, type Task } from '#protocol/manifest/task';
import type { Answers } from '../training-rows.ts';

/** @throws MeshError label-unknown naming the field, for an answer that the task does not have */
export function checkAnswers(y: Answers, task: Pick<Task, 'label'>, field: string): void {
  const number = numberAnswerOf(task);
  const classes = classesOf(task).length;
  if (y.length > 0 && y instanceof Float32Array !== (number !== null)) {
    throw new MeshError('label-unknown', { field, expected: number === null ? 'classes' : 'numbers', got: y.constructor.name });
  }
  const [least, most] =
    number === null ? [0, classes - 1] : [number.min, number.max].map((end) => Math.fround(outputOfAnswer(end, number)));
  const strange = y.find((answer) => !(answer >= least! && answer <= most!));
  if (strange === undefined) return;
  throw new MeshError('label-unknown', {
    field,
    expected: number === null ? `a class below ${classes}` : `${least} to ${most}`,
    got: String(strange),
  });
}
