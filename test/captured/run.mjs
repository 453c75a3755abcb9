// What a process that only writes to a split tree leaves in its files and in its memory: node test/captured/run.mjs
import { bundled } from '../bundled.mjs';

const { main, others } = await bundled(import.meta.dirname, ['main', 'writer']);
process.exitCode = await main(...others);
