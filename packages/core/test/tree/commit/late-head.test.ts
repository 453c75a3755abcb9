// Writers that are held up for so long that others have moved on, and then go on where they were.
import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { errorOf, Gate, hooked, Notes, OBJECT_SIZE, outcome, put, shown, type Tree } from './scene.js';

const key = Key.random();

interface Scene {
  readonly backend: MemoryBackend<'epoch'>;
  /** The first writer: its commits are frames. */
  readonly first: Tree;
  messages(): Promise<string>;
}

/** A tree with one commit, whose writer is still there. `hold` is called before everything it does from then on. */
async function scene(hold: (verb: string) => void | Promise<void> = () => undefined): Promise<Scene> {
  const backend = new MemoryBackend({ heads: 'epoch' });
  let begun = false;
  const slow = hooked(backend, (verb, phase) => (begun && phase === 'before' ? hold(verb) : undefined));
  const first = await Infinitree.create(Notes, { backend: slow, key, objectSize: OBJECT_SIZE });
  await put(first, 'before');
  begun = true;
  return { backend, first, messages: async () => (await shown(backend, key)).messages.join() };
}

/** Another writer, in whose commits something happens before a call of the storage. */
async function writer({ backend }: Scene, before: (verb: string, id: unknown) => unknown): Promise<Tree> {
  const held = hooked(backend, async (verb, phase, [id]) => {
    if (phase === 'before') await before(verb, id);
  });
  return Infinitree.open(Notes, { backend: held, key, takeover: true });
}

/** A writer that is held up in its commit, right before it writes the head or does something else. */
async function heldUp(at: Scene, moment = 'heads.create') {
  const reached = new Gate();
  const onward = new Gate();
  let committing = false;
  let head: unknown;
  const tree = await writer(at, async (verb, id) => {
    if (verb !== moment || !committing || head !== undefined) return;
    head = id;
    reached.open();
    await onward.passed;
  });
  committing = true;
  const ended = outcome(put(tree, 'late'));
  await reached.passed;
  return { tree, head, goOn: () => (onward.open(), ended) };
}

test('a head that comes after a successor has looked is refused, and shown to nobody', async () => {
  const at = await scene();
  const late = await heldUp(at);
  const seen: unknown[] = [];
  const successor = await writer(at, async (verb, id) => {
    if (verb !== 'heads.create' || id === late.head || seen.length > 0) return;
    seen.push((await late.goOn()).error?.code, await at.messages());
  });
  await put(successor, 'after');
  expect(seen).toEqual(['INFINITREE_CONFLICT', 'before']);
  expect(await at.messages()).toBe('before,after');
  // Its changes are staged still.
  await late.tree.refresh();
  await late.tree.commit('late');
  expect(await at.messages()).toBe('before,after,late');
});

test.each([
  ['has looked', 'heads.read'],
  ['has closed its epoch', 'heads.create'],
])('a head that comes before a successor %s is built upon', async (_, moment) => {
  const at = await scene();
  const late = await heldUp(at);
  let ended: string | undefined;
  const successor = await writer(at, async (verb) => {
    // It has claimed.
    if (verb !== moment || ended !== undefined || (await at.backend.heads.claims()).length < 3) return;
    ended = (await late.goOn()).error?.code;
  });
  expect((await errorOf(put(successor, 'after')))?.code).toBe('INFINITREE_CONFLICT');
  expect(ended).toBe('INFINITREE_COMMIT_UNKNOWN');
  expect(await at.messages()).toBe('before,late');
  await successor.refresh();
  await successor.commit('after');
  expect(await at.messages()).toBe('before,late,after');
  expect(await late.tree.commits().then((all) => all.length)).toBe(1);
  await late.tree.refresh();
  expect(await late.tree.commit('again')).toBeUndefined();
});

test('a commit in doubt is not told lost because of a late head that nobody builds upon', async () => {
  const at = await scene();
  const late = await heldUp(at);
  at.first.index.notes.set('in doubt', 1);
  const doubt = await errorOf(at.first.commit('in doubt'));
  expect(doubt?.code).toBe('INFINITREE_COMMIT_UNKNOWN');

  const { backend } = at;
  let resolved: string | undefined;
  const successor = await writer(at, async (verb, id) => {
    if (verb !== 'heads.create' || id === late.head || resolved !== undefined || !ready) return;
    resolved = '';
    await late.goOn();
    const { value, error } = await outcome(doubt!.resolve!());
    resolved = value?.message ?? error?.code;
  });
  let ready = false;
  expect((await errorOf(put(successor, 'after')))?.code).toBe('INFINITREE_CONFLICT');
  await successor.refresh();
  ready = true;
  await errorOf(successor.commit('after'));
  expect([resolved, (await shown(backend, key)).messages.includes('in doubt')]).toEqual(['in doubt', true]);
});

test('a frame is not marked for sure by a writer that was overtaken before it saw it', async () => {
  const append = new Gate();
  const at = await scene((verb) => (verb === 'heads.append' ? append.passed : undefined));
  at.first.index.notes.set('unseen', 1);
  const doubt = outcome(at.first.commit('unseen'));

  // The one has claimed and not looked; the other claims, looks, and is about to write its head.
  const look = new Gate();
  const claimed = new Gate();
  let claims = 0;
  const overtaken = await writer(at, async (verb) => {
    if (verb === 'heads.claim') claims += 1;
    if (verb !== 'heads.read' || claims === 0) return;
    claimed.open();
    await look.passed;
  });
  const refused = outcome(put(overtaken, 'overtaken'));
  await claimed.passed;
  let marked: string | undefined;
  let created = 0;
  const successor = await writer(at, async (verb) => {
    // The first one is no head: it keeps the other from having one.
    if (verb !== 'heads.create' || ++created !== 2) return;
    append.open();
    expect((await doubt).error?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    look.open();
    expect((await refused).error?.code).toBe('INFINITREE_CONFLICT');
    marked = await at.messages();
  });
  await put(successor, 'after');
  expect(marked).toBe('before');
  expect(await at.messages()).toBe('before,after');
});

test('a head that is gone when a late writer comes to build upon it is a conflict, and not trouble', async () => {
  const at = await scene();
  const late = await heldUp(at, 'heads.sync');
  for (let heads = 0; heads < 4; heads++) {
    const successor = await writer(at, () => undefined);
    if ((await errorOf(put(successor, `${heads}`)))?.code === 'INFINITREE_CONFLICT') {
      await successor.refresh();
      await successor.commit(`${heads}`);
    }
    await successor.close();
  }
  expect((await late.goOn()).error?.code).toBe('INFINITREE_CONFLICT');
  await late.tree.refresh();
  await late.tree.commit('late');
  expect(await at.messages()).toBe('before,0,1,2,3,late');
});
