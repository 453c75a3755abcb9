import { registerBackend } from '@infinitree/core';
import { openCache } from './url.js';

export { CacheBackend } from './cache.js';
export type { FilePort, FileStat, OpenFile } from './file-port.js';
export { nodeFiles } from './node-files.js';
export type { CacheOptions, MemoryCacheOptions } from './options.js';
export type { CacheStats } from './stats.js';

registerBackend('cache', openCache);
