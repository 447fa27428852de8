/**
 * A made-up city that rents out bicycles: one row a bicycle and hour, and whether somebody took it. The story has a rule (weather,
 * hour, kind of bicycle, place, and how they go together) plus chance, so that a model can learn it but never know it all.
 */
import type { TableTask } from '#protocol/task';
import type { Draws } from './seeded.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const KINDS = ['city', 'cargo', 'electric'] as const;
const STATIONS = ['centre', 'campus', 'suburb', 'riverside'] as const;

export const RENTALS_TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'temperature_c', min: -10, max: 38 },
    { kind: 'number', name: 'rain_mm', min: 0, max: 12 },
    { kind: 'number', name: 'wind_kmh', min: 0, max: 60 },
    { kind: 'number', name: 'hour', min: 0, max: 23 },
    { kind: 'category', name: 'day', values: [...DAYS] },
    { kind: 'category', name: 'bicycle', values: [...KINDS] },
    { kind: 'category', name: 'station', values: [...STATIONS] },
  ],
  label: { name: 'rented', classes: ['no', 'yes'] },
  picture: null,
};

/** Cells in the order of the columns, then the label. */
export type Cells = readonly (number | string)[];

export function drawRental(draws: Draws): Cells {
  const temperature = rounded(clamp(14 + 9 * draws.bell(), -10, 38));
  const rain = draws.uniform() < 0.6 ? 0 : rounded(12 * draws.uniform() * draws.uniform());
  const wind = rounded(clamp(16 + 10 * draws.bell(), 0, 60));
  const hour = Math.floor(draws.between(0, 24));
  const day = draws.pick(DAYS);
  const kind = draws.pick(KINDS);
  const station = draws.pick(STATIONS);

  const weekend = day === 'Sat' || day === 'Sun';
  const commuting = !weekend && ((hour >= 7 && hour <= 9) || (hour >= 16 && hour <= 18));
  const outing = weekend && hour >= 10 && hour <= 17;
  let wish = -0.4 + (temperature - 12) * 0.12 - rain * 0.7 - (wind - 16) * (kind === 'electric' ? 0.01 : 0.05);
  if (hour <= 5 || hour === 23) wish -= 2.5;
  if (commuting) wish += station === 'suburb' || station === 'campus' ? 2.4 : 1.4;
  if (outing) wish += station === 'riverside' ? 3 : 1;
  if (kind === 'cargo') wish += weekend ? 0.6 : -1;
  if (kind === 'electric') wish += 0.7;
  // x / (1 + |x|) in place of the logistic curve: the same on every engine.
  const steep = 3 * wish;
  const chance = 0.5 + (0.5 * steep) / (1 + Math.abs(steep));
  return [temperature, rain, wind, hour, day, kind, station, draws.uniform() < chance ? 'yes' : 'no'];
}

function clamp(v: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, v));
}

/** To tenths, as a weather station writes it. */
function rounded(v: number): number {
  return Math.round(v * 10) / 10;
}
