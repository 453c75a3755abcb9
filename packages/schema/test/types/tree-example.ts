// The example that everybody reads first. Only checked, never run.
import { DirectoryBackend } from '@infinitree/backend-directory';
import { type Commit, Infinitree, Key, Serialized, VersionedMap } from '@infinitree/core';
import { Field, Index, Skip } from '@infinitree/schema';

interface PlantHealth {
  id: number;
  airHumidity: number;
  soilHumidity: number;
  temperature: number;
}

@Index()
class Measurements {
  @Field({ name: 'last_time' }) oldLastTime = new Serialized<string>('');
  @Field({ name: 'last_time2' }) lastTime = new Serialized<number>(0);
  @Field({ strategy: 'sparse' }) measurements = new VersionedMap<number, PlantHealth>();
  @Skip() currentTime = 0;
}

const backend = await DirectoryBackend.open('./storage');
await using tree = await Infinitree.create(Measurements, {
  backend,
  key: Key.fromCredentials('username', 'password'),
});
tree.index.measurements.insert(1, { id: 0, airHumidity: 50, soilHumidity: 60, temperature: 23.3 });
tree.index.lastTime.value = 1;
const first = await tree.commit('first measurement! yay!');
first satisfies Commit | undefined;
