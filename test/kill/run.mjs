// Real processes that race, are killed and held up: npm run test:kill
import { bundled } from '../bundled.mjs';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const { main, others } = await bundled(import.meta.dirname, ['main', 'worker', 'contender']);
process.exitCode = await main(process.argv.slice(2), ...others);
