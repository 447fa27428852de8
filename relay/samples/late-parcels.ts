/**
 * A made-up parcel service: one row per parcel, and whether it was late. The data follow a rule (distance, stops before, rain, weight,
 * road, service, day) plus chance, so that a model can learn it but never perfectly.
 */
import type { TableTask } from '#protocol/manifest/task';
import type { Draws } from './seeded.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const ROADS = ['motorway', 'country', 'mountain'] as const;
const SERVICES = ['standard', 'express'] as const;

/** Ranges hold nearly all parcels, and `typical` is the rounded median of the draws: a test draws them again. */
export const PARCELS_TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'distance_km', min: 0, max: 400, typical: 105 },
    { kind: 'number', name: 'stops_before', min: 0, max: 60, typical: 30 },
    { kind: 'number', name: 'rain_mm', min: 0, max: 15, typical: 0.5 },
    { kind: 'number', name: 'weight_kg', min: 0, max: 25, typical: 3.5 },
    { kind: 'category', name: 'road', values: [...ROADS] },
    { kind: 'category', name: 'service', values: [...SERVICES] },
    { kind: 'category', name: 'day', values: [...DAYS] },
  ],
  label: { name: 'late', classes: ['no', 'yes'] },
  picture: null,
};

/** Cells in the order of the columns, then the label. */
export type Cells = readonly (number | string)[];

/** Hours that each factor costs, and how much two days on one road differ. */
const ROAD_HOURS = { motorway: -0.8, country: 0, mountain: 1.2 } as const;
const CHANCE_HOURS = 1;

export function drawParcel(draws: Draws): Cells {
  const [far, heavy, wet] = [draws.uniform(), draws.uniform(), draws.uniform()];
  const distance = Math.round(5 + 395 * far * far);
  const stops = Math.round(Math.min(60, Math.max(0, 30 + 11 * draws.bell())));
  const rain = draws.uniform() < 0.4 ? 0 : rounded(15 * wet * wet);
  const weight = rounded(0.2 + 24.8 * heavy * heavy * heavy);
  const road = draws.pick(ROADS);
  const service = draws.uniform() < 0.7 ? 'standard' : 'express';
  const day = draws.pick(DAYS);

  const hours = 0.014 * (distance - 105) + 0.06 * (stops - 30) + 0.3 * rain + 0.05 * weight + ROAD_HOURS[road];
  const spare = service === 'express' ? 3.6 : 2.4 - (day === 'Mon' ? 0.8 : 0);
  return [distance, stops, rain, weight, road, service, day, hours + CHANCE_HOURS * draws.bell() > spare ? 'yes' : 'no'];
}

/** To tenths, as scales and weather stations give it. */
function rounded(v: number): number {
  return Math.round(v * 10) / 10;
}
