/**
 * The rows that a practice participant brings: a share of a sample that ships with the page, or rows made up from the task. Never
 * a file of a person's.
 */
import { MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest';
import { syntheticRows } from '../lab/synthetic-rows.ts';
import type { DataSource } from '../trainer-endpoint.ts';
import type { PracticeRows } from './api.ts';
import { rowsEach } from './terms.ts';

const SAMPLE_NAME = /^[a-z0-9-]{1,64}\.csv$/;

export type FetchSample = (name: string) => Promise<Response>;

/** @throws MeshError not-found when the sample is not served */
export async function practiceRows(from: PracticeRows, manifest: ManifestBody, fetchSample: FetchSample): Promise<DataSource> {
  if ('seed' in from) return syntheticRows(manifest.task, rowsEach(manifest), `practice ${from.seed}`);
  if (!SAMPLE_NAME.test(from.sample)) throw new MeshError('not-found', { field: 'sample', got: from.sample });
  const response = await fetchSample(from.sample).catch((cause: unknown) =>
    Promise.reject(new MeshError('not-found', { field: 'sample' }, cause)),
  );
  if (!response.ok) throw new MeshError('not-found', { field: 'sample', expected: from.sample, got: `HTTP ${response.status}` });
  return { text: shareOf(await response.text(), from.index, from.of) };
}

/** The header, and every `of`-th row from place `index` on: members that share a file have no row in common. */
export function shareOf(csv: string, index: number, of: number): string {
  const lines = csv.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [header = '', ...rows] = lines;
  return [header, ...rows.filter((_, i) => i % of === index)].join('\n') + '\n';
}
