/**
 * A relay's bundled federations, exactly as it makes them, trained in one process by the real trainer on the sample parts that ship with
 * the page. Used by demo-worth.ts and a test.
 */
import { readFile } from 'node:fs/promises';
import { decode, type Hash } from '#protocol/codec';
import { generateKeyPair, identityOf } from '#protocol/identity';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { classesOf } from '#protocol/manifest/task';
import { rowErrors } from '#workers/trainer/goodness';
import type { Scores } from '#workers/lab/api';
import { scoresOf } from '#workers/lab/scores';
import { loadRows } from '#workers/loader/source';
import { openTestSet } from '#workers/trainer/scoring';
import { trainSolo } from '#workers/solo/solo';
import type { TrainingRows } from '#workers/training-rows';
import type { Numerics } from '#wasm/numerics';
import { ensureBuiltins } from '../relay/builtin.ts';
import { openMemoryStore } from '../relay/store/memory-store.fixture.ts';
import { defaultQuotas } from '../relay/store/quotas.ts';
import { lastModel } from './digits-federation.ts';
import { seededBytes } from './seeded-bytes.ts';

const PARTS = [1, 2, 3] as const;

export interface Demo {
  readonly body: ManifestBody;
  readonly members: readonly TrainingRows[];
  readonly test: TrainingRows;
}

/** @param set the name of its sample files @param name of the federation */
export async function openDemo(set: 'digits' | 'table', name: string): Promise<Demo> {
  const relay = await identityOf(await generateKeyPair(false));
  const store = openMemoryStore(defaultQuotas(relay.id));
  await ensureBuiltins(store, relay, 'local');
  const manifests = await Promise.all((await store.manifests()).map(({ bytes }) => openManifest(decode(bytes))));
  const { body } = manifests.find((manifest) => manifest.body.name === name)!;
  const members = PARTS.map(async (part) => {
    const table = await readFile(new URL(`../public/samples/${set}-${part}.csv`, import.meta.url), 'utf8');
    return (await loadRows({ table, synthetic: true }, body, 0)).rows;
  });
  const testSet = await store.blob(body.testSet!.hash as Hash);
  return { body, members: await Promise.all(members), test: openTestSet(body, testSet!) };
}

/** Runs all rounds. @param seed of lots and noise @returns the lab's scores of the last model, and its error in each public row */
export function together(numerics: Numerics, { body, members, test }: Demo, seed: string): Scores & { readonly errors: Float64Array } {
  const model = numerics.model({ network: networkOf(body), loss: 'cross-entropy' }, 256);
  model.setParameters(lastModel(numerics, body, members, seed));
  const outputs = model.forward(test.x);
  model.free();
  return { ...scoresOf(outputs, test.y, classesOf(body.task).length), errors: rowErrors(outputs, test.y, body.task) };
}

/** For each member, the best model that it trains alone, without privacy: its error in each row of the public test set. */
export function alone(numerics: Numerics, { body, members, test }: Demo, seed: string): Float64Array[] {
  return members.map((rows, i) => {
    const solo = trainSolo(numerics, body, rows, seededBytes(`solo/${i}/${seed}`));
    const errors = rowErrors(solo.forward(test.x), test.y, body.task);
    solo.close();
    return errors;
  });
}

/** Log loss in nats of always predicting the class shares of the test set: the best possible without looking at a row. */
export function baseRateLoss({ test, body }: Demo): number {
  const shares = classesOf(body.task).map((_, label) => test.y.filter((one) => one === label).length / test.y.length);
  return -shares.reduce((sum, share) => sum + (share === 0 ? 0 : share * Math.log(share)), 0);
}
