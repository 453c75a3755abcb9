import { type Backend, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import {
  blob,
  errorOf,
  KINDS,
  Notes,
  OBJECT_SIZE,
  outcome,
  printed,
  put,
  type Shown,
  shown,
  type Tree,
} from './scene.js';

const key = Key.random();

/** A tree about to commit. */
interface Ready {
  readonly inner: MemoryBackend<'cas' | 'epoch'>;
  readonly backend: FailingBackend;
  readonly tree: Tree;
}

interface Scenario {
  readonly name: string;
  prepare(heads: 'cas' | 'epoch'): Promise<Ready>;
  /** What the commit is to store, besides the note `fresh`. */
  readonly extra?: unknown;
}

async function fresh(heads: 'cas' | 'epoch'): Promise<Ready> {
  const inner = new MemoryBackend<'cas' | 'epoch'>({ heads, locks: true });
  const backend = new FailingBackend(inner);
  const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
  await put(tree, 'old');
  return { inner, backend, tree };
}

/** Commits until the next one of this size makes a call of `verb`. */
async function until(heads: 'cas' | 'epoch', verb: 'put' | 'heads.claim', size: number): Promise<Ready> {
  const name = `${heads} ${verb} ${size}`;
  const count = known.get(name) ?? (await trial(heads, verb, size));
  known.set(name, count);
  const ready = await fresh(heads);
  for (let i = 0; i < count; i++) await put(ready.tree, `filler ${i}`, blob(size, i));
  return ready;
}

const known = new Map<string, number>();

async function trial(heads: 'cas' | 'epoch', verb: 'put' | 'heads.claim', size: number): Promise<number> {
  const { backend, tree } = await fresh(heads);
  let count = 0;
  for (const before = backend.count(verb); backend.count(verb) === before; count++) {
    await put(tree, `filler ${count}`, blob(size, count));
  }
  return count - 1;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'a small commit', prepare: fresh },
  { name: 'a commit too large for a frame', prepare: fresh, extra: blob(100_000, 1) },
  { name: 'a commit that folds', prepare: (heads) => until(heads, 'put', 7000), extra: blob(7000, 2) },
  {
    name: 'a commit that finds the journal full',
    prepare: (heads) => (heads === 'cas' ? fresh(heads) : until(heads, 'heads.claim', 10)),
  },
  {
    name: 'the first commit after a takeover',
    async prepare(heads) {
      const { inner, backend } = await fresh(heads);
      const next = await Infinitree.open(Notes, { backend, key, takeover: true });
      await next.load();
      return { inner, backend, tree: next };
    },
  },
];

const CODES = ['INFINITREE_BACKEND', 'INFINITREE_COMMIT_UNKNOWN'];

function stage({ tree }: Ready, { extra }: Scenario): void {
  tree.index.notes.set('fresh', 1);
  tree.index.counter.value += 1;
  if (extra !== undefined) tree.index.notes.set('extra', extra);
}

/** Either exactly what was there before, or that and the one commit. */
function expectOldOrNew(now: Shown, before: Shown): void {
  const stored = now.messages.length > before.messages.length;
  expect(now.messages).toEqual(stored ? [...before.messages, 'fresh'] : before.messages);
  expect(now.notes.has('fresh')).toBe(stored);
  expect(now.notes.get('old')).toBe('old');
}

describe.each(KINDS)('with %s heads, one failing call', (heads) => {
  describe.each(SCENARIOS)('in $name', (scenario) => {
    test.each(['before', 'after'] as const)('%s it took effect, loses nothing', async (when) => {
      const count = await countCalls(heads, scenario);
      // A bucket is asked for nothing but the write itself, and to delete what that has replaced.
      expect(count).toBeGreaterThanOrEqual(heads === 'cas' ? 2 : 3);
      for (let nth = 1; nth <= count; nth++) {
        // Where there is something to find out, the next commit has to do so as well as `resolve()`.
        const unknown = await failOnce(heads, scenario, { nth, when, resolving: true });
        if (unknown) await failOnce(heads, scenario, { nth, when, resolving: false });
      }
    });
  });
});

async function countCalls(heads: 'cas' | 'epoch', scenario: Scenario): Promise<number> {
  const ready = await scenario.prepare(heads);
  stage(ready, scenario);
  ready.backend.clearLog();
  await ready.tree.commit('fresh');
  return ready.backend.count();
}

async function failOnce(
  heads: 'cas' | 'epoch',
  scenario: Scenario,
  { nth, when, resolving }: { nth: number; when: 'before' | 'after'; resolving: boolean },
): Promise<boolean> {
  const ready = await scenario.prepare(heads);
  const { inner, backend, tree } = ready;
  const before = await shown(inner, key);
  stage(ready, scenario);
  backend.clearLog();
  backend.fail({ nth, when });
  const first = await outcome(tree.commit('fresh'));
  const { verb } = backend.log.find((entry) => entry.failed)!;
  const where = `call ${nth}, ${verb}, ${when}: ${first.error?.code ?? 'stored'}`;
  try {
    const now = await shown(inner, key);
    expectOldOrNew(now, before);
    if (first.error === undefined) {
      expect(now.ids).toContain(first.value!.id);
    } else {
      expect(CODES).toContain(first.error.code);
      // Whatever happened, memory has it all.
      expect(tree.index.notes.get('fresh')).toBe(1);
    }
    if (resolving && first.error?.resolve !== undefined) await expectResolved(first.error.resolve(), inner);
    const again = await tree.commit('fresh');
    await expectAll(inner, before, scenario);
    if (again !== undefined) expect((await shown(inner, key)).ids).toContain(again.id);
    expect(await tree.commit('nothing left')).toBeUndefined();
    await put(tree, 'later');
    await tree.close();
    expect((await shown(inner, key)).messages).toEqual([...before.messages, 'fresh', 'later']);
    const reopened = await Infinitree.open(Notes, { backend: inner, key, takeover: true });
    await put(reopened, 'reopened');
    await reopened.close();
    expect((await shown(inner, key)).notes.get('reopened')).toBe('reopened');
  } catch (error) {
    if (error instanceof Error) error.message = `${where}\n${error.message}`;
    throw error;
  }
  return first.error?.resolve !== undefined;
}

/** `resolve()` and a fresh reader say the same. */
async function expectResolved(work: Promise<{ readonly id: string }>, inner: Backend): Promise<void> {
  const { value, error } = await outcome(work);
  const { ids, messages } = await shown(inner, key);
  if (value !== undefined) expect(ids).toContain(value.id);
  else expect([error?.code, messages]).toEqual(['INFINITREE_CONFLICT', messages.filter((text) => text !== 'fresh')]);
}

async function expectAll(inner: Backend, before: Shown, { extra }: Scenario): Promise<void> {
  const now = await shown(inner, key);
  expect(now.messages).toEqual([...before.messages, 'fresh']);
  expect(now.notes).toEqual(
    new Map([...before.notes, ...(extra === undefined ? [] : [['extra', printed(extra)] as const]), ['fresh', 1]]),
  );
}

describe.each(KINDS)('with %s heads, a storage that fails for a while', (heads) => {
  test('answers BACKEND or COMMIT_UNKNOWN until it is well again, and then stores everything', async () => {
    const { inner, backend, tree } = await fresh(heads);
    backend.fail({ forever: true });
    const codes = new Set<string | undefined>();
    for (let i = 0; i < 5; i++) {
      tree.index.notes.set(`note ${i}`, i);
      codes.add((await errorOf(tree.commit(`try ${i}`)))?.code);
    }
    for (const code of codes) expect(CODES).toContain(code);
    expect((await shown(inner, key)).messages).toEqual(['old']);
    backend.heal();
    await tree.commit('well again');
    expect([...(await shown(inner, key)).notes.keys()]).toEqual([
      'note 0',
      'note 1',
      'note 2',
      'note 3',
      'note 4',
      'old',
    ]);
  });
});
