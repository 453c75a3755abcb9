import { readFile } from 'node:fs/promises';
import type { Departure, Flight } from './flights.js';

const JSON_URL = new URL('../data/flights-200k.json', import.meta.resolve('vega-datasets'));

/** A flight as it stands in the file; `time` is its departure in hours since midnight. */
export interface FlightRow {
  readonly delay: number;
  readonly distance: number;
  readonly time: number;
}

export type DatedFlight = readonly [departure: Departure, flight: Flight];

export interface FlightFile {
  readonly flights: readonly DatedFlight[];
  /** Bytes of the file. */
  readonly size: number;
}

/** The 200,000 flights of the package vega-datasets. */
export async function readFlights(): Promise<FlightFile> {
  const json = await readFile(JSON_URL);
  const rows = JSON.parse(json.toString()) as readonly FlightRow[];
  return { flights: rows.map(toFlight), size: json.length };
}

/** The file counts departures in minutes and gives them in hours: 7.166666666666667 is the 430th minute. */
export function toFlight({ delay, distance, time }: FlightRow, row: number): DatedFlight {
  return [[Math.round(time * 60), row], { delay, distance }];
}
