// The backends of buckets on real servers, where they are to be had: scripts/s3-server fetch rgw, and fetch minio.
import { randomBytes } from 'node:crypto';
import { MinioBackend } from '@infinitree/backend-minio';
import { S3Backend } from '@infinitree/backend-s3';
import { type Backend, Infinitree, isInfinitreeError, Key, type ObjectId, VersionedMap } from '@infinitree/core';
import { type BackendTarget, backendSuite } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import { LIMITED, leastPolicy } from './servers/policy.js';
import { Server, serversHere } from './servers/server.js';

const here = serversHere();
const BUCKET = 'bucket';

describe.each(['rgw', 'minio'])('on %s', (name) => {
  if (!here.includes(name)) {
    test.skip(`${name} is not there: scripts/s3-server fetch ${name}`, () => undefined);
    return;
  }
  let server: Server;
  let prefixes = 0;

  beforeAll(async () => {
    server = Server.start(name);
    await server.makeBucket(BUCKET);
  }, 150_000);

  afterAll(() => server.stop(), 60_000);

  function target(open: (prefix: string) => Backend): BackendTarget {
    return {
      heads: 'cas',
      async open() {
        prefixes += 1;
        const prefix = `tenant-${prefixes}`;
        return { backend: open(prefix), reopen: async () => open(prefix), dispose: async () => undefined };
      },
    };
  }

  const runner = { describe, test, expect };
  backendSuite(
    runner,
    'S3Backend',
    target((prefix) => {
      const { endpoint, account: credentials } = server;
      return new S3Backend({ bucket: BUCKET, prefix, endpoint, credentials, rangeReads: prefixes % 2 === 0 });
    }),
  );
  backendSuite(
    runner,
    'MinioBackend',
    target((prefix) => {
      const { hostname: host, port } = new URL(server.endpoint);
      const { accessKeyId: accessKey, secretAccessKey: secretKey } = server.account;
      const credentials = { accessKey, secretKey };
      return new MinioBackend({ bucket: BUCKET, prefix, host, port: Number(port), credentials });
    }),
  );

  // The least policy that the guide names, and what happens without any one of its parts.
  (name === 'rgw' ? test : test.skip)(
    'the permissions that the guide names are enough, and each of them is needed and asked for by its name',
    async () => {
      const all = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'];
      expect(leastPolicy().actions.sort()).toEqual([...all].sort());
      await server.makeBucket('plants');
      const key = Key.random();
      const backend = () =>
        new S3Backend({ bucket: 'plants', prefix: 'greenhouse', endpoint: server.endpoint, credentials: LIMITED });
      const useAll = async (): Promise<void> => {
        await using own = backend();
        const tree = await Infinitree.openOrCreate(VersionedMap<number, string>, {
          backend: own,
          key,
          objectSize: 65_536,
        });
        tree.index.set(1, 'basil');
        await tree.commit('a plant', { mode: 'always' });
        await tree.gc({ olderThan: 0 });
        await tree.close();
        const id = randomBytes(32).toString('hex') as ObjectId;
        await own.put(id, new Uint8Array(1));
        await own.delete([id]);
      };
      await expect(useAll()).rejects.toMatchObject({ code: 'INFINITREE_BACKEND' });
      await server.allow('plants', leastPolicy().document);
      await useAll();
      for (const missing of all) {
        await server.allow('plants', leastPolicy(missing).document);
        const error: unknown = await useAll().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        // A commit is of unknown outcome whatever the answer to its head was; that is its cause.
        const { cause } = error as Error;
        const told = isInfinitreeError(error, 'COMMIT_UNKNOWN') ? cause : error;
        expect(told).toMatchObject({
          code: 'INFINITREE_BACKEND',
          message: expect.stringContaining(missing) as unknown,
        });
      }
      await server.allow('plants', leastPolicy().document);
      await useAll();
    },
    120_000,
  );

  test('of two processes that commit at once one wins, and the other one is told', async () => {
    const url = `s3://${BUCKET}/contest?endpoint=${server.endpoint}`;
    const figures = await server.kill(url, '--contest', '10');
    expect(figures.get('complaints')).toBe(0);
    expect(figures.get('conflicts')).toBe(10);
  }, 120_000);

  test('processes that are killed at any moment lose nothing', async () => {
    const url = `${server.endpoint.replace('http:', 'minio:')}/${BUCKET}/killed`;
    const figures = await server.kill(url, '--rounds', '2', '--blows', '6');
    expect(figures.get('complaints')).toBe(0);
    for (const figure of ['kills', 'begun']) expect(figures.get(figure)).toBeGreaterThan(0);
  }, 180_000);
});
