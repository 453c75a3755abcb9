import { Serialized, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';
import type { PlantHealth } from './version-1.js';

/** The first version with a property renamed and nothing said of it: `plants` is `potPlants` now. */
@Index()
export class Mistake {
  @Field({ name: 'last_time' }) lastTime = new Serialized<string>('');
  @Field({ strategy: 'sparse' }) measurements = new VersionedMap<number, PlantHealth>();
  @Field() potPlants = new VersionedMap<number, string>();
}
