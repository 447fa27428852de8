/** The way of collecting that rounds use: a record names single updates. The one place where another is chosen. */
import type { Collect } from './collect.ts';
import { plain } from './plain.ts';

export const collect: Collect = plain;
