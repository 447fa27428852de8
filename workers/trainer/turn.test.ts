import { describe, expect, it } from 'vitest';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { largestLot } from '#protocol/privacy/lot-tail';
import { manifestFixture } from '../manifest.fixture.ts';
import { endOfTurn, measureTurn } from './turn.ts';

/** Time that advances with the work done in it. */
class Clock {
  at = 1000;
  now = () => this.at;
  timer = (ms: number, call: () => void) => {
    // Like a browser's timer: up to a millisecond early by its own coarse clock.
    this.at += Math.max(0, ms - (ms > 3 ? 0.7 : 0));
    queueMicrotask(call);
    return () => {};
  };
}

function manifest(changes: Partial<ManifestBody['privacy']>, deadlineMs = 30_000): ManifestBody {
  const body = manifestFixture();
  return { ...body, privacy: { ...body.privacy, rowsMax: 4000, rate: 0.2, ...changes }, rounds: { ...body.rounds, deadlineMs } };
}

function measured(body: ManifestBody, msOf: { row: number; noise: number }): { turn: number; rows: number } {
  const clock = new Clock();
  let rows = 0;
  const trainer = {
    rehearseLot: (n: number) => void ((rows += n), (clock.at += n * msOf.row)),
    rehearseNoise: () => void (clock.at += msOf.noise),
  };
  return { turn: measureTurn(trainer, body, (n) => new Uint8Array(n), clock.now), rows };
}

describe('a turn', () => {
  it('is half as much again as the manifest’s largest lot takes, with its noise', () => {
    const lot = largestLot(4000, 0.2);
    expect(measured(manifest({}), { row: 0.1, noise: 12 }).turn).toBeCloseTo(1.5 * (0.1 * lot + 12), 6);
    const grouped = { ...manifest({ unit: 'group' }), task: { ...manifestFixture().task, group: { column: 'x', rowsMax: 8 } } };
    expect(measured(grouped as ManifestBody, { row: 0.1, noise: 0 }).turn).toBeCloseTo(1.5 * 0.8 * largestLot(500, 0.2), 6);
  });

  it('is extrapolated if all of it would take long, never shorter than a system pause, and leaves time to arrive', () => {
    const slow = measured(manifest({ rowsMax: 30_000, rate: 1 }), { row: 2, noise: 0 });
    expect(slow.turn).toBe(15_000);
    expect(slow.rows).toBeLessThan(1000);
    expect(measured(manifest({ rowsMax: 30_000, rate: 1 }, 3e6), { row: 2, noise: 0 }).turn).toBeCloseTo(90_000, 3);
    expect(measured(manifest({}), { row: 0, noise: 0 }).turn).toBe(50);
  });

  it('ends at its own time, however soon the update was ready', async () => {
    const ends = [];
    for (const lot of [0, 7, 102, 149.9]) {
      const clock = new Clock();
      const asked = clock.now();
      const paid = (clock.at += 5);
      clock.at += lot;
      await endOfTurn(clock, asked, paid, 150);
      ends.push(clock.now());
    }
    for (const end of ends) expect(Math.floor(end)).toBe(1000 + 5 + 150 + 15); // within a timer's resolution
  });

  it('of length 0 ends at once', async () => {
    const clock = new Clock();
    await endOfTurn(clock, 900, 950, 0);
    expect(clock.now()).toBe(1000);
  });

  it('that was too short ends a quarter later, or two', async () => {
    const clock = new Clock();
    const asked = clock.now();
    clock.at += 260;
    await endOfTurn(clock, asked, asked, 100);
    expect(Math.floor(clock.now())).toBe(1275);
  });
});
