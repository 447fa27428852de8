/**
 * The rows of a practice participant: a share of a sample that ships with the page, or rows made up from the task. Never a person's file.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { syntheticRows } from '../lab/synthetic-rows.ts';
import type { DataSource } from '../rows/trainer-endpoint.ts';
import type { PracticeRows } from './api.ts';
import { rowsEach } from './terms.ts';

export type FetchSample = (name: string) => Promise<Blob>;

/** @throws MeshError if the sample cannot be fetched */
export async function practiceRows(from: PracticeRows, manifest: ManifestBody, fetchSample: FetchSample): Promise<DataSource> {
  if ('seed' in from) return syntheticRows(manifest.task, rowsEach(manifest), `practice ${from.seed}`);
  const sample = await fetchSample(from.sample);
  return { text: shareOf(await sample.text(), from.index, from.of) };
}

/** The header, and every `of`-th row from row `index` on: members that share a file have no row in common. */
export function shareOf(csv: string, index: number, of: number): string {
  const lines = csv.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [header = '', ...rows] = lines;
  return [header, ...rows.filter((_, i) => i % of === index)].join('\n') + '\n';
}
