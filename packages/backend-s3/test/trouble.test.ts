import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { FakeS3, type S3Fault, type S3FaultKind } from '@infinitree/testing';
import { BYTES, backendOn, errorOf, ID, idOf, withS3 } from './scene.js';

/** Faults that the SDK has overcome by sending again. */
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

/** Only who is never answered has to lose patience; a busy machine may take long for all others. */
const patience = (kind: S3FaultKind): number => (kind.startsWith('silent') ? 1000 : 10_000);

describe('a request that goes wrong once', () => {
  test.each(PASSING)('%s: is sent again, and a put is no EXISTS for its own first sending', async (kind) => {
    await withS3(
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

  test.each(['half-body', 'short-length', 'extra-bytes', 'error-document'] as const)(
    '%s: a read is made again',
    async (kind) => {
      await withS3(
        async ({ s3, backend }) => {
          await backend.put(ID, BYTES);
          s3.fail({ kind });
          expect(await backend.get(ID)).toEqual(BYTES);
          s3.fail({ kind, times: 9 });
          const outcome = await backend.get(ID).catch((error: unknown) => error);
          // What comes behind the announced end is not looked at.
          if (kind === 'extra-bytes') expect(outcome).toEqual(BYTES);
          else expect(outcome).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
        },
        { timeoutMs: 1000 },
      );
    },
  );

  test('an answer of 404 is asked for twice before an object or head is taken for absent', async () => {
    await withS3(
      async ({ s3, backend }) => {
        await backend.put(ID, BYTES);
        for (const read of [
          () => backend.get(ID),
          () => backend.get(ID, { range: [0, 300] }),
          async () => (await backend.heads.read(ID))?.bytes,
        ]) {
          s3.fail({ kind: 'not-found' });
          expect(await read()).toEqual(BYTES);
        }
      },
      { rangeReads: true },
    );
  });

  test('a refusal to overwrite what is not there is trouble, and not EXISTS', async () => {
    await withS3(async ({ s3, backend }) => {
      s3.fail({ kind: 'precondition-failed' });
      expect(await errorOf(backend.put(ID, BYTES))).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
      await backend.put(ID, BYTES);
    });
  });

  test.each(['error-document', 'reset-before', 'not-found'] as const)(
    '%s: a listing never ends early',
    async (kind) => {
      await withS3(
        async ({ s3, backend }) => {
          for (let n = 0; n < 5; n++) await backend.put(idOf(`0${n}`), BYTES);
          const all = async (): Promise<string[]> => {
            const ids: string[] = [];
            for await (const id of backend.list()) ids.push(id);
            return ids;
          };
          s3.fail({ kind, operation: 'ListObjectsV2', nth: 2, times: 3 });
          expect(await errorOf(all())).toMatchObject({ code: 'INFINITREE_BACKEND' });
          s3.heal();
          expect(await all()).toHaveLength(5);
        },
        {},
        { pageSize: 2 },
      );
    },
  );

  test('a delete that is answered by an error has not been made', async () => {
    await withS3(async ({ s3, backend }) => {
      await backend.put(ID, BYTES);
      s3.fail({ kind: 'error-document', operation: 'DeleteObject', times: 9 });
      expect((await errorOf(backend.delete([ID]))).code).toBe('INFINITREE_BACKEND');
      expect(s3.bucket('bucket').keys).toEqual([ID]);
    });
  });
});

test('who waits for others to be answered can give up', async () => {
  await withS3(
    async ({ s3, backend }) => {
      s3.fail({ kind: 'silent-before' });
      const first = backend.get(ID);
      const abort = new AbortController();
      const second = errorOf(backend.get(ID, { signal: abort.signal }));
      setImmediate(() => abort.abort('enough'));
      expect(await second).toMatchObject({ code: 'INFINITREE_ABORTED', cause: 'enough' });
      expect(s3.log.length).toBeLessThanOrEqual(1);
      expect(await first).toBeUndefined();
    },
    { timeoutMs: 1000, maxConcurrency: 1 },
  );
});

describe('a conditional write of a head', () => {
  const faults = PASSING.map((kind): S3Fault => ({ kind, operation: 'PutObject', bucket: 'bucket' }));

  test.each([...faults, { kind: 'conflict', operation: 'PutObject' } as const])(
    'is sent once: $kind is told',
    async (fault) => {
      await withS3(
        async ({ s3, backend }) => {
          const etag = await backend.heads.cas(ID, BYTES, null);
          s3.log.length = 0;
          s3.fail(fault);
          const error = await errorOf(backend.heads.cas(ID, BYTES.slice(1), etag ?? ''));
          expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
          expect(s3.log.filter(({ operation }) => operation === 'PutObject')).toHaveLength(1);
          const stored = fault.kind.endsWith('after') ? BYTES.slice(1) : BYTES;
          expect((await backend.heads.read(ID))?.bytes).toEqual(stored);
        },
        { timeoutMs: patience(fault.kind) },
      );
    },
  );

  test.each(['internal-error', 'conflict'] as const)('that loses a race by %s has not held', async (kind) => {
    await withS3(async ({ s3, backend, reopen }) => {
      const other = reopen();
      const etag = (await backend.heads.cas(ID, BYTES, null)) ?? '';
      await other.heads.cas(ID, BYTES.slice(1), etag);
      s3.fail({ kind, operation: 'PutObject' });
      expect(await backend.heads.cas(ID, BYTES.slice(2), etag)).toBeUndefined();
      s3.fail({ kind, operation: 'PutObject' });
      expect(typeof (await backend.heads.cas(ID, BYTES.slice(1), etag))).toBe('string');
    });
  });

  test('that is answered without a version is of unknown outcome', async () => {
    await withS3(async ({ s3, backend }) => {
      const etag = await backend.heads.cas(ID, BYTES, null);
      s3.fail({ kind: 'error-document' });
      expect(await errorOf(backend.heads.cas(ID, BYTES, etag ?? ''))).toMatchObject({ code: 'INFINITREE_BACKEND' });
    });
  });
});

describe('what cannot work says what is missing', () => {
  const cases: readonly (readonly [string, string, Parameters<typeof backendOn>[1]])[] = [
    ['a wrong bucket', 'no such bucket', { bucket: 'another' }],
    ['an unknown access key', 'access key', { credentials: { accessKeyId: 'x', secretAccessKey: 'y' } }],
    ['a wrong secret', 'secret key', { credentials: { accessKeyId: 'fake-access-key', secretAccessKey: 'y' } }],
    ['a wrong endpoint', 'Nothing answers there', { endpoint: 'http://127.0.0.1:1' }],
  ];

  test.each(cases)('%s', async (_, remedy, options) => {
    await withS3(async ({ reopen }) => {
      const backend = reopen(options);
      const all = [
        () => backend.get(ID),
        () => backend.put(ID, BYTES),
        () => backend.delete([ID]),
        () => backend.heads.read(ID),
        () => backend.heads.cas(ID, BYTES, null),
        () => backend.heads.cas(ID, BYTES, 'x'),
        () => backend.keyObjects.get(ID),
        () => backend.list()[Symbol.asyncIterator]().next(),
      ];
      for (const call of all) {
        const error = await errorOf(call());
        expect(error.code).toBe('INFINITREE_BACKEND');
        expect(error.message).toContain(remedy);
      }
    });
  });

  test.each([
    ['GetObject', 's3:GetObject', 'get'],
    ['PutObject', 's3:PutObject', 'put'],
    ['DeleteObject', 's3:DeleteObject', 'delete'],
    ['ListObjectsV2', 's3:ListBucket', 'list'],
  ] as const)('no permission for %s', async (operation, permission, verb) => {
    await withS3(async ({ s3, backend }) => {
      s3.fail({ kind: 'denied', operation, times: 99 });
      const calls = {
        get: () => backend.get(ID),
        put: () => backend.put(ID, BYTES),
        delete: () => backend.delete([ID]),
        list: () => backend.list()[Symbol.asyncIterator]().next(),
      };
      const error = await errorOf(calls[verb]());
      expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: false });
      expect(error.message).toContain(permission);
    });
  });

  test.each(['expired', 'token-expired'] as const)('credentials that have expired: %s', async (kind) => {
    await withS3(async ({ s3, backend }) => {
      for (const call of [
        () => backend.get(ID),
        () => backend.put(ID, BYTES),
        () => backend.heads.cas(ID, BYTES, null),
      ]) {
        s3.fail({ kind });
        const error = await errorOf(call());
        expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: false, denied: true });
        expect(error.message).toContain('The credentials have expired: renew them');
      }
    });
  });

  test('credentials that cannot be had any more, so that nothing is sent', async () => {
    await withS3(async ({ s3, reopen }) => {
      const credentials = async (): Promise<never> => {
        throw Object.assign(new Error('Token is expired.'), { name: 'CredentialsProviderError' });
      };
      const error = await errorOf(reopen({ credentials }).heads.cas(ID, BYTES, null));
      expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', denied: true });
      expect(error.message).toContain('No credentials were found');
      expect(s3.log).toEqual([]);
    });
  });

  test.each([
    ['denied', 's3:PutObject'],
    ['unauthorized', 's3:PutObject'],
    ['expired', 'expired: renew them'],
    ['token-expired', 'expired: renew them'],
  ] as const)('a commit of which the head is %s is in no doubt, and nothing of it is lost', async (kind, remedy) => {
    await withS3(async ({ s3, backend }) => {
      const [type, key] = [VersionedMap<number, string>, Key.random()] as const;
      const tree = await Infinitree.create(type, { backend, key, objectSize: 65_536 });
      tree.index.set(1, 'basil');
      s3.fail({ kind, operation: 'PutObject', times: 2 });
      for (let times = 0; times < 2; times++) {
        const error = await errorOf(tree.commit('denied'));
        expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: false, denied: true });
        expect(error.message).toContain(remedy);
      }
      expect(tree.index.get(1)).toBe('basil');
      await tree.commit('allowed');
      await tree.close();
      const again = await Infinitree.open(type, { backend, key });
      expect((await again.commits()).map(({ message }) => message)).toEqual(['allowed']);
      expect(await again.get('root', 1)).toBe('basil');
      await again.close();
    });
  });

  test.each(['bad-request', 'not-found', 'internal-error', 'conflict', 'precondition-failed'] as const)(
    'a commit of which the head is answered by %s is in doubt',
    async (kind) => {
      await withS3(async ({ s3, backend }) => {
        const [type, key] = [VersionedMap<number, string>, Key.random()] as const;
        const tree = await Infinitree.create(type, { backend, key, objectSize: 65_536 });
        tree.index.set(1, 'basil');
        s3.fail({ kind, operation: 'PutObject' });
        expect((await errorOf(tree.commit('in doubt'))).code).toBe('INFINITREE_COMMIT_UNKNOWN');
        await tree.commit('in doubt');
        expect(await tree.commits()).toHaveLength(1);
        await tree.close();
      });
    },
  );

  test('who may not delete has a tree all the same, and nothing is lost', async () => {
    await withS3(async ({ s3, backend }) => {
      s3.fail({ kind: 'denied', operation: 'DeleteObject', times: 999 });
      const [type, key] = [VersionedMap<number, string>, Key.random()] as const;
      const tree = await Infinitree.create(type, { backend, key, objectSize: 65_536 });
      for (let n = 0; n < 5; n++) {
        tree.index.set(n, 'text');
        await tree.commit(`${n}`);
      }
      await tree.close();
      const again = await Infinitree.open(type, { backend, key });
      expect(await again.commits()).toHaveLength(5);
      await again.close();
    });
  });
});

describe('a store that ignores conditions', () => {
  test('is refused: no tree can be made, and none that is there be written to', async () => {
    await using s3 = await FakeS3.start({ conditions: 'ignored' });
    await using careless = backendOn(s3, { unsafeSingleWriter: true });
    const [type, key] = [VersionedMap<number, string>, Key.random()] as const;
    const tree = await Infinitree.create(type, { backend: careless, key, objectSize: 65_536 });
    for (let n = 0; n < 3; n++) {
      tree.index.set(n, 'text');
      await tree.commit(`${n}`);
    }
    await tree.close();
    await using backend = backendOn(s3);
    expect(await errorOf(Infinitree.create(type, { backend, key: Key.random() }))).toMatchObject({
      code: 'INFINITREE_UNSUPPORTED',
      message: expect.stringContaining('unsafeSingleWriter') as string,
    });
    const before = s3.bucket('bucket').keys;
    const again = await Infinitree.open(type, { backend, key });
    again.index.set(9, 'text');
    expect((await errorOf(again.commit('refused'))).code).toBe('INFINITREE_UNSUPPORTED');
    await again.close();
    expect(s3.bucket('bucket').keys).toEqual(before);
    const last = await Infinitree.open(type, { backend, key, readonly: true });
    expect(await last.commits()).toHaveLength(3);
    await last.close();
  });

  test('keeps what is there from being overwritten by the one writer it has', async () => {
    await withS3(
      async ({ backend, reopen }) => {
        await backend.put(ID, BYTES);
        expect((await errorOf(backend.put(ID, BYTES.slice(1)))).code).toBe('INFINITREE_EXISTS');
        const etag = await backend.heads.cas(idOf('02'), BYTES, null);
        expect(await backend.heads.cas(idOf('02'), BYTES, null)).toBeUndefined();
        expect(await backend.heads.cas(idOf('02'), BYTES.slice(1), 'another')).toBeUndefined();
        expect(typeof (await reopen().heads.cas(idOf('02'), BYTES.slice(1), etag ?? ''))).toBe('string');
      },
      { unsafeSingleWriter: true },
      { conditions: 'ignored' },
    );
  });

  test('is found out once, at the first head, and leaves nothing behind', async () => {
    await withS3(async ({ s3, backend, reopen }) => {
      const etag = await backend.heads.cas(ID, BYTES, null);
      const probes = s3.log.filter(({ key }) => key.startsWith('probe-'));
      expect(probes.map(({ operation }) => operation)).toEqual([...Array<string>(4).fill('PutObject'), 'DeleteObject']);
      s3.log.length = 0;
      const next = await backend.heads.cas(ID, BYTES.slice(1), etag ?? '');
      await backend.heads.cas(idOf('02'), BYTES, null);
      expect(s3.log).toHaveLength(2);
      s3.log.length = 0;
      const second = reopen();
      await second.heads.cas(ID, BYTES, next ?? '');
      expect(s3.log).toHaveLength(2);
      expect(s3.bucket('bucket').keys).toEqual([ID, idOf('02')].sort());
    });
  });

  test.each([1, 2, 3, 4] as const)('and a probe that fails at its request %d says nothing', async (nth) => {
    await withS3(async ({ s3, backend }) => {
      s3.fail({ kind: 'internal-error', operation: 'PutObject', nth });
      expect((await errorOf(backend.heads.cas(ID, BYTES, null))).code).toBe('INFINITREE_BACKEND');
      expect(s3.bucket('bucket').keys).toEqual([]);
      expect(typeof (await backend.heads.cas(ID, BYTES, null))).toBe('string');
    });
  });

  test.each([1, 2, 3, 4] as const)('at the request %d of a probe alone is refused', async (nth) => {
    await withS3(async ({ s3, backend }) => {
      s3.fail({ kind: nth === 1 || nth === 3 ? 'precondition-failed' : 'conditions-ignored', nth });
      expect((await errorOf(backend.heads.cas(ID, BYTES, null))).code).toBe('INFINITREE_UNSUPPORTED');
      expect(s3.bucket('bucket').keys).toEqual([]);
    });
  });
});
