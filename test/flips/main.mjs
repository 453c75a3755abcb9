// Damages trees in all ways and reads them: npm run test:flips -- --help
import { bundled } from '../bundled.mjs';

const { main } = await bundled(import.meta.dirname, ['cli']);
process.exitCode = await main(process.argv.slice(2));
