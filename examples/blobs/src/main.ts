import { isInfinitreeError } from '@infinitree/core';
import { demo } from './demo.js';

const [folder, store] = process.argv.slice(2).map((argument) => argument || undefined);
try {
  await demo(process, { folder, store });
} catch (error) {
  if (!isInfinitreeError(error)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
