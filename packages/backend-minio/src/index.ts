import { registerBackend } from '@infinitree/core';
import { MinioBackend } from './minio.js';

export { MinioBackend } from './minio.js';
export type { MinioCredentials, MinioOptions } from './options.js';

registerBackend('minio', (url, options) => MinioBackend.open(url, options));
