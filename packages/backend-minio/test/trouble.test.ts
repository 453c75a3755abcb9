import { Infinitree, Key, openBackend, VersionedMap } from '@infinitree/core';
import { FakeS3, type S3FaultKind } from '@infinitree/testing';
import { MinioBackend, type MinioOptions } from '../src/index.js';
import { BYTES, backendOn, errorOf, ID, idOf, withMinio } from './scene.js';

const SECRET = 'wJalrXUtnFEMI';
const PASSING: readonly S3FaultKind[] = [
  'too-many-requests',
  'internal-error',
  'bad-gateway',
  'slow-down',
  'silent-before',
  'silent-after',
  'reset-before',
  'reset-after',
];

describe('a MinIO URL', () => {
  test('opens the bucket and prefix it names, with credentials from the environment', async () => {
    await using s3 = await FakeS3.start({ buckets: ['plants'] });
    const before = { ...process.env };
    try {
      for (const [key, secret] of [
        ['MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY'],
        ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
      ] as const) {
        process.env = { ...before, [key]: s3.accessKeyId, [secret]: s3.secretAccessKey };
        const url = `${s3.endpoint.replace('http:', 'minio:')}/plants/apps/my%20plants`;
        const backend = await openBackend(url);
        await backend.put(ID, BYTES);
        expect(s3.bucket('plants').keys).toEqual([`apps/my plants/${ID}`]);
        await backend.delete([ID]);
        await backend.close();
      }
      process.env = {};
      expect(await errorOf(openBackend('minio://localhost/plants'))).toMatchObject({
        code: 'INFINITREE_INVALID_ARGUMENT',
        message: expect.stringContaining('MINIO_ACCESS_KEY') as string,
      });
    } finally {
      process.env = before;
    }
  });

  test.each([
    `minio://key:${SECRET}@localhost/bucket`,
    `minio://${SECRET}@localhost/bucket`,
    `minio://localhost/bucket?secretKey=${SECRET}`,
    `minio://localhost/bucket?${SECRET}=1`,
    `minio://localhost/bucket#${SECRET}`,
    'minio://localhost/',
    'minio://localhost/bucket//a',
    'minio://localhost/bucket/%ff',
    'minio://localhost/bucket?tls=maybe',
    'minio:bucket',
    'no url',
  ])('%s is refused, and what may be a secret is not repeated', async (url) => {
    for (const open of [openBackend(url), MinioBackend.open(url)]) {
      const error = await errorOf(open);
      expect(error.code).toBe('INFINITREE_INVALID_ARGUMENT');
      expect(`${error.message} ${String(error.cause)}`).not.toContain(SECRET);
    }
  });

  const WRONG: readonly Partial<Record<keyof MinioOptions, unknown>>[] = [
    { host: 'a b' },
    { port: 70_000 },
    { tls: 'yes' },
    { region: '' },
    { retryDelayMs: -1 },
    { bucket: '../x' },
  ];
  test.each(WRONG)('nor are options such as %j taken', (wrong) => {
    const credentials = { accessKey: 'a', secretKey: 'b' };
    const options = { host: 'localhost', bucket: 'bucket', credentials, ...wrong } as MinioOptions;
    const refused = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }) as Error;
    expect(() => new MinioBackend(options)).toThrow(refused);
  });
});

/** Only who is never answered has to lose patience; a busy machine may take long for all others. */
const patience = (kind: S3FaultKind): number => (kind.startsWith('silent') ? 1000 : 10_000);

describe('a request that goes wrong once', () => {
  test.each(PASSING)('%s: is sent again, and a put is no EXISTS for its own first sending', async (kind) => {
    await withMinio(
      async ({ s3, backend }) => {
        for (const put of [backend, backend.keyObjects]) {
          s3.fail({ kind });
          await put.put(ID, BYTES);
          s3.fail({ kind });
          expect(await backend.get(ID)).toEqual(BYTES);
          s3.fail({ kind });
          await backend.delete([ID]);
          s3.fail({ kind });
          expect(await backend.get(ID)).toBeUndefined();
        }
      },
      { timeoutMs: patience(kind) },
    );
  });

  test.each([...PASSING, 'conflict'] as const)('%s: but never a head', async (kind) => {
    await withMinio(
      async ({ s3, backend }) => {
        const etag = (await backend.heads.cas(ID, BYTES, null)) ?? '';
        s3.log.length = 0;
        s3.fail({ kind, operation: 'PutObject' });
        const error = await errorOf(backend.heads.cas(ID, BYTES.slice(1), etag));
        expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
        expect(s3.log.filter(({ operation }) => operation === 'PutObject')).toHaveLength(1);
        const stored = kind.endsWith('after') ? BYTES.slice(1) : BYTES;
        expect((await backend.heads.read(ID))?.bytes).toEqual(stored);
      },
      { timeoutMs: patience(kind) },
    );
  });

  test.each(['half-body', 'short-length', 'extra-bytes', 'error-document', 'not-found'] as const)(
    '%s: a read is made again',
    async (kind) => {
      await withMinio(async ({ s3, backend }) => {
        await backend.put(ID, BYTES);
        s3.fail({ kind });
        expect(await backend.get(ID)).toEqual(BYTES);
      });
    },
  );

  test('error-document: neither a listing nor a delete takes it for success', async () => {
    await withMinio(async ({ s3, backend }) => {
      await backend.put(ID, BYTES);
      s3.fail({ kind: 'error-document', times: 2 });
      const list = backend.list()[Symbol.asyncIterator]().next();
      expect((await errorOf(list)).code).toBe('INFINITREE_BACKEND');
      expect((await errorOf(backend.delete([ID]))).code).toBe('INFINITREE_BACKEND');
      expect(s3.bucket('bucket').keys).toEqual([ID]);
    });
  });

  test('a signal ends a request that is never answered', async () => {
    await withMinio(
      async ({ s3, backend }) => {
        const abort = new AbortController();
        s3.fail({ kind: 'silent-before' });
        const got = errorOf(backend.get(ID, { signal: abort.signal }));
        setImmediate(() => abort.abort('enough'));
        expect(await got).toMatchObject({ code: 'INFINITREE_ABORTED', cause: 'enough' });
      },
      { timeoutMs: 20_000 },
    );
  });
});

describe('what cannot work says what is missing', () => {
  const cases: readonly (readonly [string, string, Partial<MinioOptions>])[] = [
    ['a wrong bucket', 'no such bucket', { bucket: 'another' }],
    ['an unknown access key', 'access key', { credentials: { accessKey: 'x', secretKey: 'y' } }],
    ['a wrong secret', 'secret key', { credentials: { accessKey: 'fake-access-key', secretKey: 'y' } }],
    ['a wrong port', 'Nothing answers there', { port: 1 }],
  ];

  test.each(cases)('%s', async (_, remedy, options) => {
    await using s3 = await FakeS3.start();
    await using backend = backendOn(s3, options);
    for (const call of [
      () => backend.get(ID),
      () => backend.put(ID, BYTES),
      () => backend.delete([ID]),
      () => backend.heads.cas(ID, BYTES, null),
      () => backend.list()[Symbol.asyncIterator]().next(),
    ]) {
      const error = await errorOf(call());
      expect(error.code).toBe('INFINITREE_BACKEND');
      expect(error.message).toContain(remedy);
    }
  });

  test('no permission to delete, or to list', async () => {
    await withMinio(async ({ s3, backend }) => {
      s3.fail({ kind: 'denied', times: 2 });
      expect((await errorOf(backend.delete([ID]))).message).toContain('s3:DeleteObject');
      expect((await errorOf(backend.list()[Symbol.asyncIterator]().next())).message).toContain('s3:ListBucket');
    });
  });

  test.each([
    ['denied', 's3:PutObject'],
    ['unauthorized', 's3:PutObject'],
    ['expired', 'expired: renew them'],
    ['token-expired', 'expired: renew them'],
  ] as const)('a commit of which the head is %s is in no doubt, and nothing of it is lost', async (kind, remedy) => {
    await withMinio(async ({ s3, backend }) => {
      const [type, key] = [VersionedMap<number, string>, Key.random()] as const;
      const tree = await Infinitree.create(type, { backend, key, objectSize: 65_536 });
      tree.index.set(1, 'basil');
      s3.fail({ kind, operation: 'PutObject' });
      const error = await errorOf(tree.commit('denied'));
      expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: false, denied: true });
      expect(error.message).toContain(remedy);
      await tree.commit('allowed');
      await tree.close();
      const again = await Infinitree.open(type, { backend, key });
      expect((await again.commits()).map(({ message }) => message)).toEqual(['allowed']);
      expect(await again.get('root', 1)).toBe('basil');
      await again.close();
    });
  });

  test('a store that ignores conditions', async () => {
    await withMinio(
      async ({ backend }) => {
        const created = Infinitree.create(VersionedMap<number, string>, { backend, key: Key.random() });
        expect((await errorOf(created)).code).toBe('INFINITREE_UNSUPPORTED');
      },
      {},
      { conditions: 'ignored' },
    );
  });

  test('headers of the caller go with every write', async () => {
    await withMinio(
      async ({ s3, backend }) => {
        await backend.put(ID, BYTES);
        await backend.heads.cas(idOf('02'), BYTES, null);
        const puts = s3.log.filter(({ operation }) => operation === 'PutObject');
        expect(puts.every(({ headers }) => headers['x-amz-storage-class'] === 'REDUCED_REDUNDANCY')).toBe(true);
      },
      { headers: { 'x-amz-storage-class': 'REDUCED_REDUNDANCY' } },
    );
  });
});
