import { Serialized, VersionedMap } from '@infinitree/core';
import { Field, Index, Skip } from '@infinitree/schema';

export interface PlantHealth {
  id: number;
  airHumidity: number;
  soilHumidity: number;
  temperature: number;
}

/** The class of the README. */
@Index()
export class Measurements {
  @Field({ name: 'last_time' }) oldLastTime = new Serialized<string>('');
  @Field({ name: 'last_time2' }) lastTime = new Serialized<number>(0);
  @Field({ strategy: 'sparse' }) measurements = new VersionedMap<number, PlantHealth>();
  @Skip() currentTime = 0;
}
