/** Starts the lab's worker and answers for it when it dies. Loaded when a screen first needs a lab. */
import { proxy, wrap } from 'comlink';
import type { Result } from '#workers/api';
import type { LabWorker } from '#workers/lab/api';
import type { OpenedLab } from './lab.ts';
import type { Shown } from './problem.ts';

function spawnLab(): Worker {
  return new Worker(new URL('../../workers/lab.worker.ts', import.meta.url), { type: 'module', name: 'lab' });
}

/** @param spawn a test's own worker */
export async function openLabWorker(spawn: () => Worker = spawnLab): Promise<Result<OpenedLab, Shown>> {
  const worker = spawn();
  let end: (answer: Result<never>) => void;
  const dead = new Promise<Result<never>>((resolve) => {
    end = resolve;
    // A script that does not load or throws outside of a call: comlink's promises would wait for ever.
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      resolve({ ok: false, error: { code: 'internal', detail: { field: 'lab', ...(event.message ? { got: event.message } : {}) } } });
    });
  });
  const lab = wrap<LabWorker>(worker);
  const answered = <T>(call: Promise<Result<T>>): Promise<Result<T>> => Promise.race([call, dead]);
  const calls: LabWorker = {
    open: (...about) => answered(lab.open(...about)),
    openFile: (...about) => answered(lab.openFile(...about)),
    predict: (input) => answered(lab.predict(input)),
    predictFile: (file) => answered(lab.predictFile(file)),
    predictPictures: (files) => answered(lab.predictPictures(files)),
    predictRecordings: (files) => answered(lab.predictRecordings(files)),
    score: (testSet) => answered(lab.score(testSet)),
    compareSolo: (...about) => answered(lab.compareSolo(...about)),
    check: (column) => answered(lab.check(column)),
    rehearse: (options, listener) => answered(lab.rehearse(options, proxy(listener))),
    card: (scores) => answered(lab.card(scores)),
  };
  const close = () => {
    worker.terminate();
    // A thread that is gone answers nobody, and whoever waits is to be told.
    end({ ok: false, error: { code: 'stale', detail: { field: 'lab' } } });
  };
  return { ok: true, value: { calls, close } };
}
