// Where an object of ours is printed, copied or logged, and in the errors about keys and URLs, no key and no password.
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { Infinitree, isInfinitreeError, Key, MemoryBackend, openBackend } from '@infinitree/core';
import { credentialsOf } from '../../src/crypto/key.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { LABELS, type Label } from '../../src/format/labels.js';
import { openKeyObjects } from '../../src/object/key-object.js';
import { createGarden, errorOf, Garden, KINDS, OBJECT_SIZE, plant } from './scene.js';

const USER = 'marmalade-user';
const PASSWORD = 'tangerine-of-spring';

/** Bytes as they may get into a text; a part of a key is a leak as well. */
function spellings(secret: Uint8Array): string[] {
  const start = Buffer.from(secret.subarray(0, 8));
  const hex = start.toString('hex');
  return [
    hex,
    hex.match(/../g)!.join(' '),
    start.toString('base64').slice(0, 10),
    start.join(),
    start.join(', '),
    [...start].map((byte, i) => `"${i}":${byte}`).join(),
    start.toString('latin1'),
  ];
}

/** Everything that a program may do to see or pass on what it holds. */
function shown(value: unknown): string {
  const logged: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      logged.push(String(chunk));
      done();
    },
  });
  const log = new Console({ stdout: stream, stderr: stream, inspectOptions: { depth: 12 } });
  log.log(value);
  log.error('%o', value);
  log.dir(value, { showHidden: true, depth: 12 });
  const attempts = [
    () => JSON.stringify(value),
    () => inspect(value, { showHidden: true, depth: 12, maxArrayLength: 100, getters: true }),
    () => format('%s %j', value, value),
    () => inspect(structuredClone(value), { showHidden: true, depth: 12 }),
    () => serialize(value).toString('latin1'),
    () => JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(value))),
  ];
  for (const attempt of attempts) {
    try {
      logged.push(attempt());
    } catch (error) {
      // What cannot be copied or spelt is not shown either, if the error about it does not.
      logged.push(inspect(error, { showHidden: true, depth: 12 }));
    }
  }
  // Numbers stand in columns.
  return logged.join('\n').replace(/\s+/g, ' ');
}

async function secretsOf(backend: MemoryBackend<'cas' | 'epoch'>, key: Key): Promise<string[]> {
  const suite = await loadSuite();
  const [credential] = credentialsOf(key);
  await credential!.derive(suite);
  const { keys } = (await openKeyObjects(backend, suite, credential!, {}))[0]!;
  const subkeys = (Object.keys(LABELS) as Label[])
    .filter((label) => label !== 'lockName')
    .map((label) => keys.subkey(label));
  return [credential!.headerKey(), keys.copyRootSecret(), ...subkeys].flatMap(spellings);
}

describe.each(KINDS)('%s heads', (heads) => {
  test('nothing of an open tree shows its keys', async () => {
    const key = Key.fromCredentials(USER, PASSWORD);
    const backend = new MemoryBackend({ heads, locks: true });
    const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
    tree.index.plants.set(1, plant(1));
    const ref = await tree.blobs.put(new Uint8Array(100));
    const commit = await tree.commit('first');
    await using view = await tree.at('HEAD');
    await view.load();
    const writer = tree.storageWriter();
    await writer.write(new Uint8Array(10));
    const secrets = [USER, PASSWORD, ...(await secretsOf(backend, key))];
    const closed = await createGarden(heads);
    await closed.tree.close();
    const values = { tree, view, writer, key, commit, ref, blobs: tree.blobs, reader: tree.storageReader(), closed };
    for (const [name, value] of Object.entries(values)) {
      const text = shown(value);
      expect([name, secrets.filter((secret) => text.includes(secret))]).toEqual([name, []]);
    }
    // What is looked for would be found.
    const [credential] = credentialsOf(key);
    const text = shown({ leak: credential!.headerKey(), password: PASSWORD });
    expect(secrets.filter((secret) => text.includes(secret)).length).toBeGreaterThan(2);
    await tree.close();
  }, 60_000);
});

test('a key of bytes does not show them', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => 200 - i);
  const text = shown({ key: Key.fromBytes(bytes), list: [Key.fromBytes(bytes)] });
  expect(spellings(bytes).filter((spelling) => text.includes(spelling))).toEqual([]);
  expect(text).toContain('[redacted]');
});

describe('an error about a secret does not repeat it', () => {
  const backend = new MemoryBackend();
  const opens = (options: object) => [
    () => Infinitree.create(Garden, options as never),
    () => Infinitree.open(Garden, options as never),
    () => Infinitree.openOrCreate(Garden, options as never),
  ];
  const keys: unknown[] = [
    PASSWORD,
    { username: USER, password: PASSWORD },
    [USER, PASSWORD],
    new TextEncoder().encode(PASSWORD),
    Object.assign(Object.create(Key.prototype) as object, { password: PASSWORD }),
  ];
  const urls = [
    `s3://${USER}:${PASSWORD}@bucket/tree`,
    `s3://bucket/tree?secretAccessKey=${PASSWORD}`,
    `s3://bucket/tree#token=${PASSWORD}`,
    `minio:${USER}:${PASSWORD}@host/bucket`,
    `file://${USER}:${PASSWORD}@host/tree`,
    `file://${USER}:${PASSWORD}@ho st/tree`,
    `memory:name?password=${PASSWORD}`,
    `${USER}:${PASSWORD}@host`,
    `//${USER}:${PASSWORD}@host`,
    `http://[${PASSWORD}`,
    PASSWORD,
  ];
  const calls: readonly (readonly [string, () => unknown])[] = [
    ...keys.flatMap((key, i) => opens({ backend, key }).map((call) => [`key ${i}`, call] as const)),
    ...urls.flatMap((url) => opens({ backend: url, key: Key.random() }).map((call) => [url, call] as const)),
    ...urls.map((url) => [url, () => openBackend(url)] as const),
    ['user name', () => Key.fromCredentials({ name: USER } as never, PASSWORD)],
    ['password', () => Key.fromCredentials(USER, { password: PASSWORD } as never)],
    ['surrogate', () => Key.fromCredentials(USER, `${PASSWORD}\ud800`)],
    ['long', () => Key.fromCredentials(USER, PASSWORD.repeat(5000))],
    ['profile', () => Key.fromCredentials(USER, PASSWORD, { profile: PASSWORD })],
    ['locator', () => Key.fromCredentials(USER, PASSWORD, { locator: { place: PASSWORD } as never })],
    ['options', () => Key.fromCredentials(USER, PASSWORD, PASSWORD as never)],
    ['bytes', () => Key.fromBytes(PASSWORD as never)],
    ['short bytes', () => Key.fromBytes(new TextEncoder().encode(PASSWORD))],
  ];

  test.each(calls)('%#', async (_, call) => {
    const error = await errorOf(call);
    expect(isInfinitreeError(error)).toBe(true);
    const text = `${shown(error)}\n${error?.stack ?? ''}`;
    const secrets = [USER, PASSWORD, ...spellings(new TextEncoder().encode(PASSWORD))];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});
