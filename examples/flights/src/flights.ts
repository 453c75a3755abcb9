import { VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';

/** What is known of a flight besides when it left: minutes of delay, negative where early, and miles of distance. */
export interface Flight {
  delay: number;
  distance: number;
}

/** Keys in the order of departure. The minute of the day comes first, so that a part of the day is a range of keys. */
export type Departure = readonly [minute: number, row: number];

/** What is stored. The flights are sparse: their keys lie together, and their values apart from them. */
@Index()
export class Flights {
  @Field({ strategy: 'sparse' }) flights = new VersionedMap<Departure, Flight>();
}
