import { Serialized, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';

/** One day of weather: millimetres of rain, degrees Celsius, metres per second. */
export interface Day {
  precipitation: number;
  temperatureMax: number;
  temperatureMin: number;
  wind: number;
  weather: string;
}

/** What is stored: each day under its date. Dates as `2012-01-31` sort as text, so that a range of keys is a time. */
@Index()
export class Weather {
  @Field({ name: 'daily' }) days = new VersionedMap<string, Day>();
  /** The newest date there is. */
  @Field({ name: 'last_date' }) lastDate = new Serialized<string>('');
}
