// Every operation failing in every way: npm run test:faults
import { bundled } from '../bundled.mjs';

const { main } = await bundled(import.meta.dirname, ['main']);
process.exitCode = await main(process.argv.slice(2));
