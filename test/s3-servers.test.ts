// The backends of buckets on real servers, where they are to be had: scripts/s3-server fetch rgw, and fetch minio.
import { MinioBackend } from '@infinitree/backend-minio';
import { S3Backend } from '@infinitree/backend-s3';
import type { Backend } from '@infinitree/core';
import { type BackendTarget, backendSuite } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import { permissionTests } from './servers/permissions.js';
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
    await server.makeBucket('plants');
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

  permissionTests(name, () => server);

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
