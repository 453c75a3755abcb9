// No message, and nothing an error carries along, holds a key, a user name, a password or a stored value.
import { inspect } from 'node:util';
import { Infinitree, isInfinitreeError, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { MemoryStore } from '../../src/backend/memory-store.js';
import { credentialsOf } from '../../src/crypto/key.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { openKeyObjects } from '../../src/object/key-object.js';
import { Garden, KINDS, OBJECT_SIZE, type Tree } from './scene.js';

const USER = 'user-marmalade';
const PASSWORD = 'password-tangerine';
const VALUE = 'value-apricot-blossom';
const KEY_TEXT = 'key-of-greengage';
const MESSAGE = 'message-about-quinces';

class Errors {
  readonly all: unknown[] = [];

  async of(call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.all.push(error);
    }
  }
}

/** Everything about an error that may end up in a log. */
function printed(error: unknown): string {
  const { message, stack, cause, ...rest } = error as Error & { cause?: unknown };
  const below = cause === undefined ? '' : printed(cause);
  return [message, stack, JSON.stringify(rest), inspect(error, { depth: 10, showHidden: true }), below].join('\n');
}

async function misuse(tree: Tree, errors: Errors): Promise<void> {
  const { index } = tree;
  const secretObject = { deep: { [KEY_TEXT]: VALUE, no: () => VALUE } };
  await errors.of(() => index.notes.get(KEY_TEXT));
  await errors.of(() => index.notes.insert(KEY_TEXT, VALUE));
  await errors.of(() => index.notes.size);
  await errors.of(() => index.notes.set(KEY_TEXT, secretObject));
  await errors.of(() => index.notes.set(KEY_TEXT, `${VALUE}\ud800`));
  await errors.of(() => index.notes.set(`${KEY_TEXT}\ud800`, VALUE));
  await errors.of(() => index.notes.set(KEY_TEXT.repeat(500), VALUE));
  await errors.of(() => tree.get('notes', { [KEY_TEXT]: VALUE } as never));
  await errors.of(() => tree.getMany('notes', [`${KEY_TEXT}\ud800`]));
  await errors.of(() => tree.entries('notes', { gte: { [KEY_TEXT]: VALUE } as never }));
  await errors.of(() => tree.load('notes', { where: (() => VALUE) as never }));
  await errors.of(() => tree.load('plants' as never, 'nope' as never));
  await errors.of(() => tree.commit(MESSAGE.repeat(1000)));
  await errors.of(() => tree.commit(`${MESSAGE}\ud800`));
  await errors.of(() => tree.commit({ message: MESSAGE, data: secretObject }));
  await errors.of(() => tree.commit({ message: MESSAGE, data: VALUE.repeat(5000) }));
  await errors.of(() => tree.at('HEAD~99'));
  await errors.of(() => tree.blobs.put(VALUE as never));
  await tree.load();
  await errors.of(() => {
    (index.notes.get(KEY_TEXT) as { text: string }).text = 'other';
  });
  await tree.load('notes', { commits: { single: 'HEAD' } });
  await errors.of(() => index.notes.set(KEY_TEXT, VALUE));
}

describe.each(KINDS)('%s heads', (heads) => {
  test('errors name neither secrets nor values', async () => {
    const store = new MemoryStore();
    const backend = new MemoryBackend({ heads, locks: true }, store);
    const key = Key.fromCredentials(USER, PASSWORD);
    const errors = new Errors();
    const open = (options: object = {}) => Infinitree.open(Garden, { backend, key, ...options });
    await errors.of(() => open());
    const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
    for (let i = 0; i < 3000; i++) tree.index.notes.set(`${KEY_TEXT} ${i}`, `${VALUE} ${i}`);
    tree.index.notes.set(KEY_TEXT, { text: VALUE });
    await tree.commit(MESSAGE, { data: VALUE });
    tree.index.lastTime.value = 5;
    await tree.commit(MESSAGE);
    await errors.of(() => open());
    await errors.of(() => Infinitree.create(Garden, { backend, key }));
    await errors.of(() => open({ key: Key.fromCredentials(USER, `${PASSWORD}!`) }));
    await errors.of(() => open({ readonly: true, expectHead: `${tree.head.slice(0, -1)}x` }));
    await errors.of(() => open({ readonly: true, expectHead: tree.head.replace(/\.\d+\./, '.9.') }));
    await tree.close();
    await errors.of(() => tree.index.notes.set(KEY_TEXT, VALUE));
    await errors.of(() => tree.get('notes', KEY_TEXT));

    const again = await open();
    await misuse(again, errors);
    await again.close();
    for (const [id, entry] of [...store.entries]) {
      for (const bytes of [entry.bytes.map((byte, i) => (i % 997 === 64 ? byte ^ 1 : byte)), entry.bytes.slice(5)]) {
        store.entries.set(id, { ...entry, bytes });
        await errors.of(async () => {
          const reader = await open({ readonly: true });
          await reader.load();
          await reader.commits();
        });
        store.entries.set(id, entry);
      }
    }

    const ours = errors.all.filter((error) => isInfinitreeError(error));
    expect(ours.length).toBeGreaterThan(25);
    expect(new Set(ours.map(({ code }) => code)).size).toBeGreaterThan(8);
    const text = errors.all.map(printed).join('\n');
    const secrets = [USER, PASSWORD, VALUE, KEY_TEXT, MESSAGE, ...(await secretsOf(backend, key))];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  }, 60_000);
});

/** The keys of the tree, in the ways in which bytes get into texts. */
async function secretsOf(backend: MemoryBackend<'cas' | 'epoch'>, key: Key): Promise<string[]> {
  const suite = await loadSuite();
  const secrets: Uint8Array[] = [];
  let last: ObjectId | undefined;
  for (const credential of credentialsOf(key)) {
    await credential.derive(suite);
    const [opened] = await openKeyObjects(backend, suite, credential, {});
    secrets.push(credential.headerKey());
    if (opened === undefined) continue;
    last = opened.id;
    secrets.push(opened.keys.copyRootSecret(), opened.keys.subkey('headHeader'), opened.keys.subkey('indexObject'));
  }
  expect(last).toBeDefined();
  return secrets.flatMap((secret) => {
    const start = secret.subarray(0, 8);
    return [
      Buffer.from(start).toString('hex'),
      Buffer.from(start).toString('base64').slice(0, 10),
      start.join(),
      start.join(', '),
    ];
  });
}
