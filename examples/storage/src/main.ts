// Each package registers the scheme of its URLs; which of them is used is decided where this is deployed.
import '@infinitree/backend-cache';
import '@infinitree/backend-directory';
import '@infinitree/backend-minio';
import '@infinitree/backend-s3';
import { Infinitree, isInfinitreeError, Key } from '@infinitree/core';
import { Measurements } from './measurements.js';

const backend = process.env['STORAGE'] ?? 'memory:';
try {
  await using tree = await Infinitree.openOrCreate(Measurements, {
    backend,
    key: Key.fromCredentials('username', 'password'),
  });
  await tree.load();
  const { measurements, lastTime } = tree.index;
  const id = measurements.size + 1;
  measurements.insert(id, { id, airHumidity: 50, soilHumidity: 60, temperature: 23.3 });
  lastTime.value = id;
  const commit = await tree.commit(`measurement ${id}`);
  process.stdout.write(
    `${commit?.message ?? 'nothing'} of ${measurements.size} is in ${new URL(backend).protocol} storage\n`,
  );
} catch (error) {
  if (!isInfinitreeError(error)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
