/**
 * Times contenders in alternating turns of one run, so that other load on the machine affects all of them alike. Runs in pages and in Node.
 * A turn is as many calls as fill `turnMs`; the figure of a contender is a quantile over its turns, after a warm-up.
 */

/** The timed call; it must leave nothing pending when it returns. */
export type Contenders = Readonly<Record<string, () => void>>;
/** The timed call, until its promise resolves. */
export type WaitingContenders = Readonly<Record<string, () => void | Promise<void>>>;

interface Pace {
  readonly turns: number;
  readonly turnMs: number;
}

interface QuantilePace extends Pace {
  /** By default the median; lower to measure the machine's limit in short turns, without other load. */
  readonly quantile?: number;
}

/** @returns milliseconds of one call, by contender */
export function alternate<T extends Contenders>(contenders: T, pace: QuantilePace): Record<keyof T, number> {
  const turns = Object.entries<number[]>(takeTurns(contenders, pace));
  return Object.fromEntries(turns.map(([name, taken]) => [name, quantile(taken, pace.quantile ?? 0.5)])) as Record<keyof T, number>;
}

/** All turns, so that neighbours can be compared (`ratioOf`). @returns milliseconds of one call in each turn, by contender */
export function takeTurns<T extends Contenders>(contenders: T, pace: Pace): Record<keyof T, number[]> {
  const players = Object.entries(contenders).map(([name, call]) => ({
    name,
    call,
    calls: callsFor(call, pace.turnMs),
    taken: [] as number[],
  }));
  for (let turn = 0; turn < pace.turns; turn++) {
    // A different one begins each time, so that none always follows the same one.
    for (let i = 0; i < players.length; i++) {
      const { call, calls, taken } = players[(turn + i) % players.length]!;
      taken.push(turnOf(call, calls));
    }
  }
  return Object.fromEntries(players.map(({ name, taken }) => [name, taken])) as Record<keyof T, number[]>;
}

/** Like `takeTurns`, for calls whose work continues after they return. */
export async function takeTurnsWaiting<T extends WaitingContenders>(contenders: T, pace: Pace): Promise<Record<keyof T, number[]>> {
  const waitingTurn = async (call: () => void | Promise<void>, calls: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) {
      const pending = call();
      if (pending !== undefined) await pending;
    }
    return (performance.now() - start) / calls;
  };
  const players: { name: string; call: () => void | Promise<void>; calls: number; taken: number[] }[] = [];
  for (const [name, call] of Object.entries(contenders)) {
    let spent = 0;
    for (let calls = 0; spent < 8 * pace.turnMs || calls < 3; calls++) spent += await waitingTurn(call, 1);
    players.push({ name, call, calls: Math.max(1, Math.round(pace.turnMs / (await waitingTurn(call, 5)))), taken: [] });
  }
  for (let turn = 0; turn < pace.turns; turn++) {
    for (let i = 0; i < players.length; i++) {
      const { call, calls, taken } = players[(turn + i) % players.length]!;
      taken.push(await waitingTurn(call, calls));
    }
  }
  return Object.fromEntries(players.map(({ name, taken }) => [name, taken])) as Record<keyof T, number[]>;
}

/** Median of a's time over b's in the same turn: load on the machine affects both. */
export function ratioOf(a: readonly number[], b: readonly number[]): number {
  return quantile(
    a.map((ms, turn) => ms / b[turn]!),
    0.5,
  );
}

/** Warms up: engines recompile hot code while it runs. */
function callsFor(call: () => void, turnMs: number): number {
  let [calls, spent] = [0, 0];
  for (const start = performance.now(); spent < 8 * turnMs || calls < 3; calls++) {
    call();
    spent = performance.now() - start;
  }
  return Math.max(1, Math.round(turnMs / turnOf(call, Math.max(1, Math.floor((calls * turnMs) / spent)))));
}

function turnOf(call: () => void, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  return (performance.now() - start) / calls;
}

/** Interpolates between the two nearest values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
}
