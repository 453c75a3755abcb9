// Every request to a bucket going wrong in every way: npm run test:s3-faults
import { bundled } from '../bundled.mjs';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const { main } = await bundled(import.meta.dirname, ['main']);
process.exitCode = await main(process.argv.slice(2));
