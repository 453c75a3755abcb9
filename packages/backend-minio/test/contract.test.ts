import { type BackendTarget, backendSuite, FakeS3 } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import type { MinioOptions } from '../src/index.js';
import { backendOn, idOf } from './scene.js';

let s3: FakeS3;
let buckets = 0;

beforeAll(async () => {
  // Pages short enough for every listing of the suite to have several.
  s3 = await FakeS3.start({ pageSize: 7 });
});

afterAll(() => s3.close());

function target(options: Partial<MinioOptions>): BackendTarget {
  return {
    heads: 'cas',
    async open() {
      buckets += 1;
      const bucket = `bucket-${buckets}`;
      const stored = s3.bucket(bucket);
      const open = () => backendOn(s3, { ...options, bucket, timeoutMs: 20_000 });
      const prefix = options.prefix === undefined ? '' : `${options.prefix}/`;
      const strays = ['README', `${idOf('cd')}.part`, `deeper/${idOf('ef')}`, `deeper/a`, idOf('01').slice(1)];
      return {
        backend: open(),
        reopen: async () => open(),
        addStrays: async () => {
          for (const key of strays) stored.put(`${prefix}${key}`, new Uint8Array(1), new Date());
          // Another tenant, whose prefix begins alike.
          stored.put(`${prefix.slice(0, -1)}x/${idOf('ff')}`, new Uint8Array(1), new Date());
        },
        dispose: async () => s3.dropBucket(bucket),
      };
    },
  };
}

const runner = { describe, test, expect };
backendSuite(runner, 'MinioBackend', target({ prefix: 'apps/plants' }));
backendSuite(runner, 'MinioBackend (no prefix, ranges)', target({ rangeReads: true }));
