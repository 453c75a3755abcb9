import { isInfinitreeError } from '@infinitree/core';
import { demo } from './demo.js';

try {
  await demo(process, process.argv[2]);
} catch (error) {
  if (!isInfinitreeError(error)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
