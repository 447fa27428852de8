/**
 * A stand-in for the lab's worker, only for tests of the page: gives prepared answers and records its calls. It neither predicts nor
 * trains.
 */
import type { Result } from '#workers/api';
import type { BatchPredictions, LabWorker, Prediction, Scores, SoloComparison } from '#workers/lab/api';
import type { OpenLab } from '../state/lab.ts';
import { STATE } from './fake-peer.ts';

const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** Ten classes, of which the seventh is likeliest. */
export const PREDICTION: Prediction = { probabilities: [0.01, 0.02, 0.02, 0.05, 0, 0.02, 0.03, 0.8, 0.03, 0.02], best: 7, seen: null };

export const PREDICTIONS: BatchPredictions = {
  name: 'rows-predictions.csv',
  rows: 3,
  leftOut: 1,
  csv: new Blob(['row,predicted\r\n2,7\r\n'], { type: 'text/csv' }),
  first: [
    { row: 2, mark: '2', best: 7, probability: 0.8 },
    { row: 4, mark: '4', best: 1, probability: 0.5 },
    { row: 5, mark: '5', best: 0, probability: 0.9 },
  ],
};

/** Every class has ten rows; all are correct except two of class 3, predicted as 8, and 9 is never predicted. */
export function scoresFixture(classes = 10): Scores {
  const confusion = Array.from({ length: classes }, (_, truth) =>
    Array.from({ length: classes }, (__, guess): number => (truth === guess ? 10 : 0)),
  );
  confusion[3]![3] = 8;
  confusion[3]![8] = 2;
  return {
    rows: classes * 10,
    accuracy: (classes * 10 - 2) / (classes * 10),
    guessing: 1 / classes,
    loss: 0.25,
    ece: 0.02,
    confusion,
    classes: confusion.map((row, c) => ({ rows: 10, precision: c === 9 ? null : 0.9, recall: row[c]! / 10, f1: 0.85 })),
  };
}

export const comparisonFixture = (better: SoloComparison['better'], mesh: number, solo: number): SoloComparison => ({
  kind: 'network',
  on: 'test-set',
  rows: 100,
  mesh: { accuracy: mesh },
  solo: { accuracy: solo },
  guessing: 0.1,
  better,
});

export interface FakeLab {
  readonly open: OpenLab;
  readonly asked: { readonly name: string; readonly args: readonly unknown[] }[];
  answer<K extends keyof LabWorker>(
    name: K,
    reply: (...args: Parameters<LabWorker[K]>) => ReturnType<LabWorker[K]> | Awaited<ReturnType<LabWorker[K]>>,
  ): void;
  /** How many labs were opened, and how many of them closed. */
  readonly opened: () => readonly [number, number];
}

export function fakeLab(): FakeLab {
  const asked: { name: string; args: readonly unknown[] }[] = [];
  const replies: Partial<Record<keyof LabWorker, (...args: never[]) => unknown>> = {};
  let [opened, closed] = [0, 0];
  const call = async <T>(name: keyof LabWorker, args: readonly unknown[], otherwise: T): Promise<T> => {
    asked.push({ name, args });
    const reply = replies[name] as ((...all: readonly unknown[]) => T | Promise<T>) | undefined;
    return reply === undefined ? otherwise : reply(...args);
  };
  const calls: LabWorker = {
    open: (...args) =>
      call(
        'open',
        args,
        ok({ ...(args[2] === null ? { round: 0, models: 0, state: null } : { round: 12, models: 11, state: STATE }), typical: {} }),
      ),
    openFile: (...args) =>
      call('openFile', args, ok({ ours: null, name: null, round: null, classes: null, otherNetwork: false, typical: {} })),
    predict: (...args) => call('predict', args, ok(PREDICTION)),
    predictFile: (...args) => call('predictFile', args, ok(PREDICTIONS)),
    predictPictures: (...args) => call('predictPictures', args, ok(PREDICTIONS)),
    predictRecordings: (...args) => call('predictRecordings', args, ok(PREDICTIONS)),
    score: (...args) => call('score', args, ok(scoresFixture())),
    compareSolo: (...args) => call('compareSolo', args, ok(comparisonFixture('mesh', 0.845, 0.71))),
    check: (...args) => call('check', args, ok(null)),
    rehearse: (...args) => call('rehearse', args, ok({ round: 1, rounds: 1, accuracy: 0.5, guessing: 0.1, updateMs: 1, updateBytes: 1 })),
    card: (...args) => call('card', args, ok({ name: 'model-round-12.md', text: '# A model' })),
  };
  return {
    asked,
    answer: (name, reply) => void (replies[name] = reply as (...args: never[]) => unknown),
    opened: () => [opened, closed],
    async open() {
      opened++;
      return { ok: true, value: { calls, close: () => void closed++ } };
    },
  };
}
