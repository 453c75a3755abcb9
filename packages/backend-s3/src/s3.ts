import { randomBytes } from 'node:crypto';
import { BucketBackend, type Cancel, throwIfAborted } from '@infinitree/core';
import { clientsOf } from './client.js';
import { type S3Options, settingsOf } from './options.js';
import { S3Port } from './s3-port.js';
import { optionsOfUrl } from './url.js';

/**
 * A tree's storage in a bucket of Amazon S3, or of another store that speaks its protocol. Nothing is asked of the store
 * before the first call.
 */
export class S3Backend extends BucketBackend {
  constructor(options: S3Options) {
    const settings = settingsOf(options);
    super(new S3Port(settings, clientsOf(settings)), { ...settings, randomBytes });
  }

  /** Opens the bucket that `s3://bucket/prefix?region=…&endpoint=…` names. */
  static async open(url: string | URL, options: Cancel = {}): Promise<S3Backend> {
    throwIfAborted(options.signal, 'Opening an S3 backend');
    return new S3Backend(optionsOfUrl(url));
  }
}
