/** The collection mode of rounds: a record names single updates. The one place to choose another mode. */
import type { Collect } from './collect.ts';
import { plain } from './plain.ts';

export const collect: Collect = plain;
