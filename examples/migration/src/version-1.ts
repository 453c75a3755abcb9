import { Serialized, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';

export interface PlantHealth {
  /** The plant's number. */
  id: number;
  /** In per cent. */
  airHumidity: number;
  /** In per cent. */
  soilHumidity: number;
  /** In degrees Celsius. */
  temperature: number;
}

/** What the first version of the app stores. */
@Index()
export class Version1 {
  /** When something was measured last, as a text. */
  @Field({ name: 'last_time' }) lastTime = new Serialized<string>('');
  /** By the number of the measurement. */
  @Field({ strategy: 'sparse' }) measurements = new VersionedMap<number, PlantHealth>();
  /** What each plant is and where it stands: `"Basil, kitchen"`. */
  @Field() plants = new VersionedMap<number, string>();
}
