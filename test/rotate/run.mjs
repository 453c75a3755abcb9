// A large tree that is given new keys, and processes that are killed while they do so: npm run test:rotate
import { bundled } from '../bundled.mjs';

const { main, others } = await bundled(import.meta.dirname, ['main', 'worker']);
process.exitCode = await main(process.argv.slice(2), ...others);
