import { randomBytes } from 'node:crypto';
import { MinioBackend } from '@infinitree/backend-minio';
import { S3Backend } from '@infinitree/backend-s3';
import { type Backend, Infinitree, Key, type ObjectId, VersionedMap } from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { expired, limitedAccount } from './limited.js';
import { actionsOf, leastPolicy } from './policy.js';
import type { Account, Server } from './server.js';

const Plants = VersionedMap<number, string>;
const BUCKET = 'plants';

const OPEN: Readonly<Record<string, (server: Server, account: Account, bucket?: string) => Backend>> = {
  S3Backend: ({ endpoint }, credentials, bucket = BUCKET) =>
    new S3Backend({ bucket, prefix: 'greenhouse/s3', endpoint, credentials }),
  MinioBackend({ endpoint }, { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken }, bucket = BUCKET) {
    const { hostname: host, port } = new URL(endpoint);
    const credentials = { accessKey, secretKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    return new MinioBackend({ bucket, prefix: 'greenhouse/minio', host, port: Number(port), credentials });
  },
};

/** What a server says to whoever lacks a permission or has the wrong credentials, and what is made of it. */
export function permissionTests(name: string, started: () => Server): void {
  const wrong = { accessKeyId: 'nobody', secretAccessKey: 'knows' };

  describe.each(Object.keys(OPEN))('%s', (kind) => {
    const open = (account: Account, bucket?: string): Backend => OPEN[kind]!(started(), account, bucket);

    test('the permissions that the guide names are enough, and each of them is needed and asked for by its name', async () => {
      const server = started();
      const all = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'];
      expect(actionsOf(leastPolicy()).sort()).toEqual([...all].sort());
      const key = Key.random();
      let commits = 0;
      const useAll = async (account: Account): Promise<void> => {
        const backend = open(account);
        try {
          const tree = await Infinitree.openOrCreate(Plants, { backend, key, objectSize: 65_536 });
          tree.index.set(1, 'basil');
          await tree.commit('a plant', { mode: 'always' });
          commits += 1;
          await tree.gc({ olderThan: 0 });
          await tree.close();
          const id = randomBytes(32).toString('hex') as ObjectId;
          await backend.put(id, new Uint8Array(1));
          await backend.delete([id]);
        } finally {
          await backend.close();
        }
      };
      await useAll(await limitedAccount(server, BUCKET));
      for (const missing of all) {
        await expect(useAll(await limitedAccount(server, BUCKET, missing))).rejects.toMatchObject({
          code: 'INFINITREE_BACKEND',
          message: expect.stringContaining(missing) as unknown,
          denied: true,
        });
      }
      const account = await limitedAccount(server, BUCKET);
      await useAll(account);
      const backend = open(account);
      const reader = await Infinitree.open(Plants, { backend, key, readonly: true });
      expect(await reader.commits()).toHaveLength(commits);
      expect((await reader.verify({ readData: true })).faults).toEqual([]);
      await reader.close();
      await backend.close();
    }, 120_000);

    test.each([
      ['a wrong bucket', 'There is no such bucket', (server: Server) => open(server.account, 'another')],
      ['an unknown access key', 'does not know these credentials', () => open(wrong)],
      [
        'a wrong secret',
        'The secret key is wrong',
        ({ account }: Server) => open({ ...account, secretAccessKey: wrong.secretAccessKey }),
      ],
    ])('%s is named', async (_, remedy, opened) => {
      const backend = opened(started());
      for (const verb of ['create', 'open', 'openOrCreate'] as const) {
        await expect(Infinitree[verb](Plants, { backend, key: Key.random() })).rejects.toMatchObject({
          code: 'INFINITREE_BACKEND',
          message: expect.stringContaining(remedy) as unknown,
        });
      }
      await backend.close();
    });

    // The credentials of MinIO are new ones each time, and not those of a backend that is open.
    (name === 'rgw' ? test : test.skip)(
      'a permission that is withdrawn before a commit leaves it in no doubt',
      async () => {
        const [server, key] = [started(), Key.random()];
        const backend = open(await limitedAccount(server, BUCKET));
        const tree = await Infinitree.create(Plants, { backend, key, objectSize: 65_536 });
        await stage(tree, 'first').commit('first');
        await limitedAccount(server, BUCKET, 's3:PutObject');
        await expect(stage(tree, 'second').commit('denied')).rejects.toMatchObject({
          code: 'INFINITREE_BACKEND',
          message: expect.stringContaining('s3:PutObject') as unknown,
          denied: true,
        });
        await limitedAccount(server, BUCKET);
        await checkAfterwards(tree);
        await backend.close();
      },
    );
  });

  (name === 'minio' ? test : test.skip)('credentials that expire before a commit leave it in no doubt', async () => {
    const [server, key] = [started(), Key.random()];
    const valid = await limitedAccount(server, BUCKET);
    let current = valid;
    // The SDK asks again for what is about to expire.
    const credentials = async () => ({ ...current, expiration: new Date(Date.now() + 1000) });
    const backend = new S3Backend({
      bucket: BUCKET,
      prefix: 'greenhouse/expiring',
      endpoint: server.endpoint,
      credentials,
    });
    const tree = await Infinitree.create(Plants, { backend, key, objectSize: 65_536 });
    await stage(tree, 'first').commit('first');
    current = expired(server, valid);
    await expect(stage(tree, 'second').commit('expired')).rejects.toMatchObject({
      code: 'INFINITREE_BACKEND',
      message: expect.stringContaining('has expired: renew the credentials') as unknown,
      denied: true,
    });
    current = valid;
    await checkAfterwards(tree);
    await backend.close();
  });
}

type Tree = Infinitree<VersionedMap<number, string>>;

function stage(tree: Tree, value: string): Tree {
  tree.index.set(1, value);
  return tree;
}

/** What was staged is, and becomes a commit. */
async function checkAfterwards(tree: Tree): Promise<void> {
  expect(tree.index.get(1)).toBe('second');
  await tree.commit('second');
  expect((await tree.commits()).map(({ message }) => message)).toEqual(['first', 'second']);
  await tree.close();
}
