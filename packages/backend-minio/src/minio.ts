import { randomBytes } from 'node:crypto';
import { BucketBackend, type Cancel, throwIfAborted } from '@infinitree/core';
import { MinioPort } from './minio-port.js';
import { type MinioOptions, settingsOf } from './options.js';
import { optionsOfUrl } from './url.js';

/** A tree's storage in a bucket of a MinIO server. Nothing is asked of the server before the first call. */
export class MinioBackend extends BucketBackend {
  constructor(options: MinioOptions) {
    const settings = settingsOf(options);
    super(new MinioPort(settings), { ...settings, randomBytes });
  }

  /** Opens the bucket that `minio://host:port/bucket/prefix` names. */
  static async open(url: string | URL, options: Cancel = {}): Promise<MinioBackend> {
    throwIfAborted(options.signal, 'Opening a MinIO backend');
    return new MinioBackend(optionsOfUrl(url));
  }
}
