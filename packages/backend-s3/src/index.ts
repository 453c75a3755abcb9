import { registerBackend } from '@infinitree/core';
import { S3Backend } from './s3.js';

export type { S3Encryption, S3Options } from './options.js';
export { S3Backend } from './s3.js';

registerBackend('s3', (url, options) => S3Backend.open(url, options));
