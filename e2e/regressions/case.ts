/**
 * One thing that once went wrong, with its right value: what real parts give must be exactly that. `open` cases are listed with what they
 * wait for, and are run by nobody: they count neither way.
 */
import type { Arena } from '../attack/arena.ts';

export interface Case {
  readonly name: string;
  /** What was met, in a few words. */
  readonly finding: string;
  /** Plain data. */
  readonly right: unknown;
  readonly run: (arena: Arena) => Promise<unknown>;
}

export interface OpenCase {
  readonly name: string;
  readonly finding: string;
  readonly waitsFor: string;
}

export const OPEN: readonly OpenCase[] = [
  { name: 'several-relays', finding: 'the recommended remedy of several relays cannot run', waitsFor: 'relays that dial each other' },
  { name: 'stun-and-turn', finding: 'a host cannot set STUN or TURN servers', waitsFor: 'settings of the relay' },
];
