import { openBackend } from '@infinitree/core';
import { FakeS3 } from '@infinitree/testing';
import { S3Backend, type S3Options } from '../src/index.js';
import { BYTES, errorOf, ID, withS3 } from './scene.js';

const SECRET = 'wJalrXUtnFEMI';

describe('an S3 URL', () => {
  test('opens the bucket and prefix it names, with credentials from the environment', async () => {
    await using s3 = await FakeS3.start({ buckets: ['plants'] });
    const before = { ...process.env };
    process.env['AWS_ACCESS_KEY_ID'] = s3.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = s3.secretAccessKey;
    try {
      const backend = await openBackend(`s3://plants/apps/my%20plants?region=eu-west-1&endpoint=${s3.endpoint}`);
      await backend.put(ID, BYTES);
      await backend.close();
      expect(s3.bucket('plants').keys).toEqual([`apps/my plants/${ID}`]);
      expect(s3.log[0]?.headers['authorization']).toContain('/eu-west-1/s3/aws4_request');
    } finally {
      process.env = before;
    }
  });

  test.each([
    `s3://key:${SECRET}@bucket/`,
    `s3://bucket/?secretAccessKey=${SECRET}`,
    `s3://bucket/?endpoint=http://key:${SECRET}@127.0.0.1:1`,
    `s3://bucket/?endpoint=http://127.0.0.1:1/%3Ftoken=${SECRET}`,
    `s3://bucket/#${SECRET}`,
    `s3://${SECRET}@bucket/`,
    `s3://bucket/?${SECRET}=1`,
    's3://bucket:80/',
    's3:///prefix',
    's3://bucket/%ff',
    's3://bucket/a//b',
    's3://bucket/?region=a&region=b',
    's3://bucket/?bucket=other',
    's3://bucket/?region=',
    's3://bucket/?pathStyle=yes',
    's3://bucket/?maxConcurrency=0',
    's3://bucket/?timeoutMs=soon',
    's3://bucket/?endpoint=storage.example.org',
    's3://bucket/?endpoint=ftp://storage.example.org',
    's3:',
  ])('%s is refused, and what may be a secret is not repeated', async (url) => {
    for (const open of [openBackend(url), S3Backend.open(url)]) {
      const error = await errorOf(open);
      expect(error.code).toBe('INFINITREE_INVALID_ARGUMENT');
      expect(`${error.message} ${String(error.cause)}`).not.toContain(SECRET);
    }
  });

  test('of another scheme, or none, is refused', async () => {
    for (const url of ['minio://bucket/', 'bucket/prefix', 'no url']) {
      expect((await errorOf(S3Backend.open(url))).code).toBe('INFINITREE_INVALID_ARGUMENT');
    }
    expect((await errorOf(S3Backend.open('s3://bucket', { signal: AbortSignal.abort() }))).code).toBe(
      'INFINITREE_ABORTED',
    );
  });
});

describe('options', () => {
  const WRONG: readonly unknown[] = [
    undefined,
    null,
    'bucket',
    {},
    { bucket: '' },
    { bucket: 'a/b' },
    { bucket: 'bucket', prefix: '/a' },
    { bucket: 'bucket', prefix: 5 },
    { bucket: 'bucket', prefix: 'x'.repeat(901) },
    { bucket: 'bucket', region: '' },
    { bucket: 'bucket', endpoint: 'no url' },
    { bucket: 'bucket', pathStyle: 'yes' },
    { bucket: 'bucket', unsafeSingleWriter: 1 },
    { bucket: 'bucket', maxAttempts: 0 },
    { bucket: 'bucket', maxConcurrency: 1.5 },
    { bucket: 'bucket', storageClass: { objects: 'GLACIER' } },
    { bucket: 'bucket', storageClass: { heads: 'DEEP_ARCHIVE' } },
  ];

  test.each(WRONG)('%j are refused', (options) => {
    const made = (): S3Backend => new S3Backend(options as S3Options);
    expect(made).toThrow(expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }) as Error);
  });

  test('name the class of storage for each kind of object', async () => {
    const storageClass = { objects: 'STANDARD_IA', keyObjects: 'ONEZONE_IA' } as const;
    await withS3(
      async ({ s3, backend }) => {
        await backend.put(ID, BYTES);
        await backend.keyObjects.put(ID.replace('a', 'b') as typeof ID, BYTES);
        await backend.heads.cas(ID.replace('a', 'c') as typeof ID, BYTES, null);
        const classes = s3.log
          .filter(({ operation, key }) => operation === 'PutObject' && !key.includes('probe'))
          .map(({ headers }) => headers['x-amz-storage-class']);
        expect(classes).toEqual(['STANDARD_IA', 'ONEZONE_IA', undefined]);
      },
      { storageClass },
    );
  });

  test('pass the headers of server-side encryption through', async () => {
    const encryption = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key-1', BucketKeyEnabled: true } as const;
    await withS3(
      async ({ s3, backend }) => {
        await backend.put(ID, BYTES);
        await backend.get(ID);
        expect(s3.log[0]?.headers).toMatchObject({
          'x-amz-server-side-encryption': 'aws:kms',
          'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
          'x-amz-server-side-encryption-bucket-key-enabled': 'true',
        });
        expect(s3.log[1]?.headers).not.toHaveProperty('x-amz-server-side-encryption');
      },
      { encryption },
    );
  });

  test('hand a key of the caller to every request that reads or writes', async () => {
    const SSECustomerKey = Buffer.alloc(32, 7).toString('base64');
    await withS3(
      async ({ s3, backend }) => {
        await backend.put(ID, BYTES);
        await backend.get(ID);
        await backend.ages([ID]);
        const given = s3.log.map(({ headers }) => headers['x-amz-server-side-encryption-customer-key']);
        expect(given).toEqual([SSECustomerKey, SSECustomerKey, SSECustomerKey]);
      },
      { encryption: { SSECustomerAlgorithm: 'AES256', SSECustomerKey } },
    );
  });
});

describe('requests', () => {
  test('have bodies of a length that is known, without the checksums that other stores refuse', async () => {
    await withS3(async ({ s3, backend }) => {
      await backend.put(ID, BYTES);
      expect(s3.log[0]?.headers['content-length']).toBe('300');
      expect(s3.log[0]?.headers).not.toHaveProperty('transfer-encoding');
      expect(Object.keys(s3.log[0]?.headers ?? {}).filter((name) => name.includes('checksum'))).toEqual([]);
    });
  });

  test('move whole objects, unless ranges are asked for', async () => {
    await withS3(async ({ s3, backend, reopen }) => {
      await backend.put(ID, BYTES);
      s3.log.length = 0;
      expect(await backend.get(ID, { range: [10, 20] })).toEqual(BYTES.slice(10, 20));
      expect(await reopen({ rangeReads: true }).get(ID, { range: [10, 20] })).toEqual(BYTES.slice(10, 20));
      expect(s3.log.map(({ bytesOut }) => bytesOut)).toEqual([300, 10]);
    });
  });

  test('are no more at once than the limit, and share connections', async () => {
    await withS3(
      async ({ s3, backend }) => {
        const ids = Array.from({ length: 20 }, (_, n) => String(n).padStart(64, '0') as typeof ID);
        let [running, most] = [0, 0];
        const bucket = s3.bucket('bucket');
        const put = bucket.put.bind(bucket);
        // Seen from the other end: what the server has begun and not answered.
        bucket.put = (...given) => {
          running += 1;
          most = Math.max(most, running);
          setImmediate(() => (running -= 1));
          return put(...given);
        };
        await Promise.all(ids.map((id) => backend.put(id, BYTES)));
        expect(s3.connections).toBeLessThanOrEqual(3);
        expect(most).toBeLessThanOrEqual(3);
        expect((await backend.ages(ids)).every((age) => age !== undefined)).toBe(true);
        await backend.delete(ids);
        expect(bucket.keys).toEqual([]);
        expect(s3.connections).toBeLessThanOrEqual(3);
      },
      { maxConcurrency: 3 },
    );
  });
});
