import { registerBackend } from '@infinitree/core';
import { DirectoryBackend } from './directory.js';

export { DirectoryBackend, type DirectoryOptions } from './directory.js';
export type { FilePort, FileStat, OpenFile, OpenMode } from './file-port.js';
export { nodeFiles } from './node-files.js';
export type { SystemPort } from './process-identity.js';

registerBackend('file', (url, options) => DirectoryBackend.open(url, options));
