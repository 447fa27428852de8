/** The real digits as members hold them: thirds of the training files as CSV texts, and the test file for the last word. */
import { readFile } from 'node:fs/promises';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { decodeParameters } from '#protocol/model/state';
import { loadNumerics } from '#wasm/load-node';
import type { TableTask } from '#protocol/manifest/task';
import { loadTable } from '#workers/loader/table/table';
import { figureOf } from '#workers/trainer/goodness';
import { trainSolo } from '#workers/solo/solo';
import type { TrainingRows } from '#workers/training-rows';
import { dataFile } from '../scripts/data-place.ts';

const BY_DIGIT = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8, 9],
];

/** CSV texts of three members, shuffled by the run's number; null where the data is absent. */
export async function memberFiles(run: number, skew: boolean): Promise<string[] | null> {
  const files = await Promise.all(
    ['tra', 'hol'].map((name) => readFile(dataFile('optdigits', `optdigits.${name}`), 'utf8').catch(() => null)),
  );
  if (files.some((text) => text === null)) return null;
  const rows = files
    .join('\n')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  let state = 0x2545f491 ^ (run * 0x9e3779b1);
  const below = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  for (let i = rows.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
  const digit = (line: string) => Number(line.slice(line.lastIndexOf(',') + 1));
  return [0, 1, 2].map((m) => rows.filter((line, i) => (skew ? BY_DIGIT[m]!.includes(digit(line)) : i % 3 === m)).join('\n'));
}

/** The test file, by other writers, encoded as the federation encodes rows. Nothing is chosen by it. */
export async function testRows(manifest: ManifestBody): Promise<TrainingRows> {
  return (await loadTable(await readFile(dataFile('optdigits', 'optdigits.tes'), 'utf8'), manifest.task as TableTask, 10_000)).rows;
}

/** Accuracy of a downloaded model, computed here from its bytes. */
export async function accuracyOf(model: Uint8Array, manifest: ManifestBody, rows: TrainingRows): Promise<number> {
  const network = networkOf(manifest);
  const opened = (await loadNumerics()).model({ network, loss: 'cross-entropy' }, 1024);
  opened.setParameters(decodeParameters(network, model));
  const { accuracy } = opened.evaluate(rows);
  opened.free();
  return accuracy;
}

/** The honest rival: the best model, MLP or logistic regression, that one member makes alone and without noise. */
export async function soloAccuracy(csv: string, manifest: ManifestBody, rows: TrainingRows): Promise<number> {
  const { rows: own } = await loadTable(csv, manifest.task as TableTask, 10_000);
  const model = trainSolo(await loadNumerics(), manifest, own, (into) => crypto.getRandomValues(into));
  const accuracy = figureOf(model.goodness(rows));
  model.close();
  return accuracy;
}
