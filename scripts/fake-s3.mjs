// The fake of @infinitree/testing as a process of its own: node scripts/fake-s3.mjs <port> <access key> <secret key>
import { bundled } from '../test/bundled.mjs';

const [port, accessKeyId, secretAccessKey] = process.argv.slice(2);
const { FakeS3 } = await bundled(new URL('../packages/testing/src', import.meta.url).pathname, ['index']);
await FakeS3.start({ port: Number(port), accessKeyId, secretAccessKey });
