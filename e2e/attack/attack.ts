/**
 * What an attack is, and how to write one. `npm run prove -- attack` runs every attack of attacks.ts twice, each time as a separate program
 * with its own relay: from this tree, where it must fail, and from a copy of this tree without the source text that stops it (`without`),
 * where it must succeed. An attack that fails in both proves nothing, so both count.
 *
 * - One module per area (sockets.ts, rounds.ts …) exports `attacks: readonly Attack[]`, and attacks.ts lists the module.
 * - `run(arena)` plays it against a real relay and real members, which the arena starts: `arena.relay()` a relay process, `arena.honest()`
 *   three headless members that train, `arena.stranger()` a bare socket with a key, `request()` one HTTP request. Strangers take another
 *   loopback address ("127.0.0.2") wherever limits count addresses.
 * - `run` runs from the tested tree, including its imports: removed text is missing for members and relay alike, and `#protocol/…` may be
 *   imported and called directly if the defence is a function (a parser, a manifest's rules).
 * - `succeeded` means that the attacker reached the goal, never that something threw: an error of `run` counts as neither. Put figures into
 *   `evidence`. Poll with generous deadlines (`arena.until`); judge by ratios, never by an absolute time.
 * - Remove as little as possible, by text that occurs exactly once in its file: text that has changed makes the attack *rotten*, and the
 *   command fails until it is updated.
 * - A flood that should slow others down has `slow` as well: while it runs, the rounds per minute of three honest members are compared with
 *   a control that has a dummy load in the attacker's place (`slowing` makes `run` from it).
 */
import type { Arena } from './arena.ts';

export interface Cut {
  /** From the top of the tree. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly put: string;
}

export interface Outcome {
  readonly succeeded: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Starts a load on the arena's honest members (or their relay); @returns a function that stops it */
export type Flood = (arena: Arena) => Promise<() => void | Promise<void>>;

export interface Attack {
  /** Kebab-case, unique. */
  readonly name: string;
  /** The finding that it reproduces, in a few words. */
  readonly finding: string;
  /** The product already stopped it when it was first tried. */
  readonly held: boolean;
  readonly without: readonly Cut[];
  readonly run: (arena: Arena) => Promise<Outcome>;
  readonly slow?: Flood;
  /** It measures time, so nothing else runs beside it. */
  readonly alone?: boolean;
}

/** The share of the earlier rounds per minute below which the flood has stopped others. */
const STOPPED = 0.5;
const BEFORE_MS = 6000;
const SETTLE_MS = 4000;
const DURING_MS = 20_000;

/** `run` and `slow` of an attack that only aims to slow others. */
export function slowing(flood: Flood): Pick<Attack, 'run' | 'slow'> {
  return {
    slow: flood,
    run: async (arena) => {
      const honest = await arena.honest();
      const before = await honest.rate(BEFORE_MS);
      const stop = await flood(arena);
      await arena.sleep(SETTLE_MS);
      const during = await honest.rate(DURING_MS);
      await stop();
      return { succeeded: during < STOPPED * before, evidence: { modelsPerMinuteBefore: before, during } };
    },
  };
}
