// Models of the fields, at length: npm run test:models -- --help
import { bundled } from '../bundled.mjs';

const { main } = await bundled(import.meta.dirname, ['main']);
process.exitCode = await main(process.argv.slice(2));
