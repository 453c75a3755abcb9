// Real processes that race, are killed and held up: npm run test:kill
import { bundled } from '../bundled.mjs';

const { main, others } = await bundled(import.meta.dirname, ['main', 'worker']);
process.exitCode = await main(...others);
