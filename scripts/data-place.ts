/** The place of public data on this machine, for every command and test that reads it, and their message if it is missing. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SetName } from './public-data.ts';

/** Shared by several checkouts, beside them. */
const BESIDE = new URL('../../shared/data/', import.meta.url);
/** Filled by `npm run data`; ignored by git. */
const INSIDE = new URL('../data/public/', import.meta.url);

export interface Place {
  /** The set's folder, with a trailing slash. */
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

/** For names of tests. */
export const skippedWithout = (...sets: SetName[]): string => `skipped without the ${sets.join(' and ')} data: npm run data`;
