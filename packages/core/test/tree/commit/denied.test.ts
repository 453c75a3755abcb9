// Heads that a bucket denies: by a permission that is missing, or by credentials that have expired.
import { Infinitree, InfinitreeError, Key, MemoryBackend } from '@infinitree/core';
import { errorOf, hooked, Notes, OBJECT_SIZE, put, shown } from './scene.js';

const key = Key.random();
const denial = new InfinitreeError('BACKEND', 'heads.cas: they need s3:PutObject here.', { denied: true });
const silence = new InfinitreeError('BACKEND', 'heads.cas: no answer.', { retryable: true });

/** A tree with one commit, on a bucket that answers each head so, once it is told to: instead of taking it, or after. */
async function scene() {
  const inner = new MemoryBackend();
  const answers: { readonly error: InfinitreeError; readonly when: 'before' | 'after' }[] = [];
  const backend = hooked(inner, (verb, phase) => {
    if (verb !== 'heads.cas' || phase !== answers[0]?.when) return;
    throw answers.shift()!.error;
  });
  const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
  await put(tree, 'start');
  return { inner, tree, answers };
}

test('the first sending of a head that is denied is told as that, and nothing is in doubt', async () => {
  const { inner, tree, answers } = await scene();
  answers.push({ error: denial, when: 'before' });
  tree.index.notes.set('one', 1);
  expect(await errorOf(tree.commit('denied'))).toBe(denial);
  expect((await shown(inner, key)).messages).toEqual(['start']);
  expect(tree.index.notes.get('one')).toBe(1);
  // Somebody else may commit meanwhile, and nothing that was denied comes to stand above it.
  await put(await Infinitree.open(Notes, { backend: inner, key }), 'other');
  expect((await errorOf(tree.commit('again')))?.code).toBe('INFINITREE_CONFLICT');
  await tree.refresh();
  await tree.commit('again');
  const { messages, notes } = await shown(inner, key);
  expect(messages).toEqual(['start', 'other', 'again']);
  expect(notes.get('one')).toBe(1);
});

test('those who were to share the write are told as well', async () => {
  const { inner, tree, answers } = await scene();
  answers.push({ error: denial, when: 'before' });
  tree.index.notes.set('one', 1);
  const first = errorOf(tree.commit('one'));
  tree.index.notes.set('two', 2);
  const second = errorOf(tree.commit('two'));
  expect(await first).toBe(denial);
  expect(await second).toMatchObject({ code: 'INFINITREE_BACKEND', denied: true, cause: denial });
  await tree.commit('both');
  expect((await shown(inner, key)).notes.get('two')).toBe(2);
});

test.each(['before', 'after'] as const)(
  'what was sent before and got no answer, %s it was taken, stays in doubt while it is denied',
  async (when) => {
    const { inner, tree, answers } = await scene();
    const denied = { error: denial, when: 'before' } as const;
    answers.push({ error: silence, when }, denied, denied);
    const error = await errorOf(put(tree, 'in doubt'));
    expect(error).toMatchObject({ code: 'INFINITREE_COMMIT_UNKNOWN', cause: silence });
    for (const ask of [() => error!.resolve!(), () => tree.commit('next')]) {
      expect(await errorOf(ask())).toMatchObject({ code: 'INFINITREE_COMMIT_UNKNOWN', cause: denial });
    }
    expect((await error!.resolve!()).message).toBe('in doubt');
    expect((await shown(inner, key)).messages).toEqual(['start', 'in doubt']);
  },
);
