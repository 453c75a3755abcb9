import { Serialized, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';
import type { PlantHealth } from './version-1.js';

export interface Plant {
  species: string;
  place: string;
}

/** What the second version stores. Each `from` is a migration; once no older tree is left, it can go. */
@Index()
export class Version2 {
  /** Was a text, and is a number: milliseconds since 1970. */
  @Field({ name: 'last_time2', from: 'last_time', migrate: (old: string) => Date.parse(old) })
  lastTime = new Serialized<number>(0);

  /** Has another stored name; its values stay as they are. */
  @Field({ name: 'plant_health', from: 'measurements', strategy: 'sparse' })
  measurements = new VersionedMap<number, PlantHealth>();

  /** Values that were texts are objects. */
  @Field({ name: 'plant_register', from: 'plants', migrate: describe }) plants = new VersionedMap<number, Plant>();
}

function describe(old: string): Plant {
  const [species = old, place = 'somewhere'] = old.split(', ');
  return { species, place };
}
