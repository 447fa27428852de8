/**
 * What a model gets right and wrong on rows with known classes: the confusion matrix, each class's precision, recall and F1 (van Rijsbergen
 * 1979), and how good its calibrated probabilities are. Pure functions over a model's outputs. metrics.ts has the threshold-free measures.
 */
import type { ClassScore, Scores } from './api.ts';
import { crossFitted } from '../trainer/calibration.ts';
import type { Answers } from '../training-rows.ts';
import { largest } from '../trainer/goodness.ts';

/**
 * @param logits rows x classes, before any softmax
 * @param truth class numbers below `classes`, at least one
 */
export function scoresOf(logits: Float32Array, truth: Answers, classes: number): Scores {
  const confusion = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  let right = 0;
  for (const [row, label] of truth.entries()) {
    const at = row * classes;
    const best = largest(logits, at, classes);
    confusion[label]![best]!++;
    if (best === label) right++;
  }
  const rows = truth.length;
  const probabilities = crossFitted({ logits, truth, classes });
  const perClass = confusion.map((_, c) => classScore(confusion, c));
  const guessing = Math.max(...perClass.map((one) => one.rows)) / rows;
  return { rows, accuracy: right / rows, guessing, ...probabilities, confusion, classes: perClass };
}

function classScore(confusion: readonly (readonly number[])[], c: number): ClassScore {
  const hits = confusion[c]![c]!;
  const rows = confusion[c]!.reduce((sum, n) => sum + n, 0);
  const guessed = confusion.reduce((sum, row) => sum + row[c]!, 0);
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  return { rows, precision: share(hits, guessed), recall: share(hits, rows), f1: share(2 * hits, rows + guessed) };
}
