/** Where public data lies on this machine, for every command and test that reads it, and what they say when it is not there. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SetName } from './public-data.ts';

/** Whoever works on several checkouts keeps the data once, beside them. */
const BESIDE = new URL('../../shared/data/', import.meta.url);
/** Where `npm run data` puts it; git ignores it. */
const INSIDE = new URL('../data/public/', import.meta.url);

export interface Place {
  /** The set's folder, with a slash at its end. */
  readonly folder: URL;
  /** Whether `npm run data` may write there. */
  readonly ours: boolean;
}

/** MESH_PUBLIC_DATA names one folder for all sets; otherwise each is looked for beside the checkout, then inside. */
export function placeOf(set: SetName): Place {
  const given = process.env['MESH_PUBLIC_DATA'];
  if (given) return { folder: new URL(`${pathToFileURL(resolve(given)).href}/${set}/`), ours: true };
  const beside = new URL(`${set}/`, BESIDE);
  return existsSync(beside) ? { folder: beside, ours: false } : { folder: new URL(`${set}/`, INSIDE), ours: true };
}

export const dataFile = (set: SetName, name: string): URL => new URL(name, placeOf(set).folder);

export const lackOf = (set: SetName): string => `This needs the ${set} data: run \`npm run data\` first.`;

/** For the name of a test. */
export const skippedWithout = (...sets: SetName[]): string => `skipped without the ${sets.join(' and ')} data: npm run data`;
