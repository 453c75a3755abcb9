// Tries every decoder at length: npm run test:fuzz -- --help
import { bundled } from '../bundled.mjs';

const { main, root, others } = await bundled(import.meta.dirname, ['cli', 'worker']);
process.exitCode = await main(process.argv.slice(2), { root, worker: others[0] });
