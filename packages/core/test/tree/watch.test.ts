import { type Commit, Infinitree, Key, MemoryBackend, type Timer } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, createGarden, errorOf, Garden, KINDS, OBJECT_SIZE, plant, type Tree } from './scene.js';

/** Time passes when it is told to, and everybody who waits is counted. */
class TestTimer implements Timer {
  readonly waits: number[] = [];
  #then: (() => void)[] = [];
  #begun: (() => void)[] = [];

  after(ms: number, then: () => void): () => void {
    this.waits.push(ms);
    this.#then.push(then);
    for (const begun of this.#begun.splice(0)) begun();
    return () => {
      this.#then = this.#then.filter((other) => other !== then);
    };
  }

  get waiting(): number {
    return this.#then.length;
  }

  /** Resolves once somebody waits. */
  async idle(): Promise<void> {
    if (this.waiting === 0) await new Promise<void>((resolve) => this.#begun.push(resolve));
  }

  pass(): void {
    for (const then of this.#then.splice(0)) then();
  }
}

interface Scene {
  readonly writer: Tree;
  readonly reader: Tree;
  readonly timer: TestTimer;
  readonly storage: MemoryBackend<'cas' | 'epoch'>;
  /** The storage as the reader has it. */
  readonly backend: FailingBackend;
  readonly key: Key;
}

async function scene(heads: 'cas' | 'epoch' = 'epoch'): Promise<Scene> {
  const { tree: writer, backend: storage, key } = await createGarden(heads);
  await plantNext(writer);
  const timer = new TestTimer();
  const backend = new FailingBackend(storage);
  const reader = await Infinitree.open(Garden, { backend, key, readonly: true, environment: { timer } });
  return { writer, reader, timer, storage, backend, key };
}

async function plantNext(tree: Tree): Promise<string> {
  const id = (await tree.commits()).length + 1;
  tree.index.plants.set(id, plant(id));
  await tree.commit(`plant ${id}`);
  return `plant ${id}`;
}

async function next(commits: AsyncIterator<Commit>): Promise<string | undefined> {
  const { value } = (await commits.next()) as IteratorResult<Commit, undefined>;
  return value?.message;
}

describe.each(KINDS)('watch, %s heads', (heads) => {
  test('gives what others commit from now on, oldest first and each once, whether they fold or not', async () => {
    const { writer, reader, timer } = await scene(heads);
    const commits = reader.watch();
    const expected: string[] = [];
    const found: (string | undefined)[] = [];
    for (const many of [1, 3, 40, 1]) {
      const first = next(commits);
      await timer.idle();
      for (let i = 0; i < many; i++) expected.push(await plantNext(writer));
      timer.pass();
      found.push(await first);
      for (let i = 1; i < many; i++) found.push(await next(commits));
    }
    expect(found).toEqual(expected);
    await reader.close();
  });

  test('gives what the handle itself commits, and refreshes nothing', async () => {
    const { writer, storage, key } = await scene(heads);
    const commits = writer.watch({ intervalMs: 0 });
    expect(await plantNext(writer)).toBe(await next(commits));
    const other = await Infinitree.open(Garden, { backend: storage, key, takeover: true });
    await plantNext(other);
    expect(await next(commits)).toBe('plant 3');
    expect((await writer.commits()).length).toBe(2);
    expect((await writer.refresh())?.message).toBe('plant 3');
  });

  test('reads nothing but the head while nothing is new', async () => {
    const { reader, timer, backend } = await scene(heads);
    const commits = reader.watch({ intervalMs: 250 });
    const waiting = next(commits);
    await timer.idle();
    backend.clearLog();
    for (let i = 0; i < 3; i++) {
      timer.pass();
      await timer.idle();
    }
    const one = heads === 'cas' ? ['heads.read', 'heads.read'] : ['heads.claims', 'heads.read'];
    expect(backend.log.map(({ verb }) => verb)).toEqual([...one, ...one, ...one]);
    expect(timer.waits).toEqual([250, 250, 250, 250]);
    await reader.close();
    expect(await waiting).toBeUndefined();
  });
});

describe('a watch', () => {
  test('begins anew behind what the handle shows, so that who refreshes misses nothing', async () => {
    const { writer, reader } = await scene();
    for (let i = 0; i < 3; i++) await plantNext(writer);
    const found: string[] = [];
    while (found.length < 3) {
      // Given up after each commit.
      for await (const commit of reader.watch()) {
        await reader.refresh();
        found.push(commit.message);
        break;
      }
      if (found.length < 3) await plantNext(writer);
    }
    expect(found).toEqual(['plant 2', 'plant 5', 'plant 6']);
  });

  test('asks every second unless told otherwise, and only while somebody waits', async () => {
    const { writer, reader, timer } = await scene();
    const commits = reader.watch();
    await plantNext(writer);
    expect(timer.waits).toEqual([]);
    expect(await next(commits)).toBe('plant 2');
    const waiting = next(commits);
    await timer.idle();
    expect(timer.waits).toEqual([1000]);
    await reader.close();
    await waiting;
  });

  test.each(['while it waits', 'while it reads', 'between two commits', 'before it begins'])(
    'ends when the tree is closed %s',
    async (moment) => {
      const { writer, reader, timer } = await scene();
      const commits = reader.watch();
      if (moment === 'between two commits') {
        await plantNext(writer);
        await plantNext(writer);
        expect(await next(commits)).toBe('plant 2');
      }
      if (moment === 'before it begins') await reader.close();
      const ended = commits.next();
      if (moment === 'while it waits') await timer.idle();
      await reader.close();
      expect(await ended).toEqual(
        moment === 'between two commits' ? expect.anything() : { done: true, value: undefined },
      );
      expect(await commits.next()).toEqual({ done: true, value: undefined });
      expect(timer.waiting).toBe(0);
    },
  );

  test('is aborted by its signal while it waits, and leaves no timer behind', async () => {
    const { reader, timer } = await scene();
    const controller = new AbortController();
    const waiting = errorOf(() => reader.watch({ signal: controller.signal }));
    await timer.idle();
    controller.abort('enough');
    const error = await waiting;
    expect([error?.code, error?.cause]).toEqual([code('ABORTED'), 'enough']);
    expect(timer.waiting).toBe(0);
    expect(await codeOf(() => reader.watch({ signal: controller.signal }).next())).toBe(code('ABORTED'));
  });

  test('reports trouble, and can be called again', async () => {
    const { writer, reader, backend } = await scene();
    await plantNext(writer);
    backend.fail({ verb: 'heads.read', nth: 1, when: 'before' });
    expect(await codeOf(() => reader.watch().next())).toBe(code('BACKEND'));
    expect(await next(reader.watch())).toBe('plant 2');
  });

  test('refuses storage that was put back', async () => {
    const storage = new MemoryBackend<'cas'>({ heads: 'cas' });
    const key = Key.random();
    const writer = await Infinitree.create(Garden, { backend: storage, key, objectSize: OBJECT_SIZE });
    // The two slots as they are now; a reader is shown them again later.
    const kept = new Map<string, unknown>();
    let putBack = false;
    const heads = new Proxy(storage.heads, {
      get: (target, verb) =>
        verb === 'read'
          ? async (id: never) => {
              if (putBack) return kept.get(id);
              const found = await target.read(id);
              if (!kept.has(id)) kept.set(id, found);
              return found;
            }
          : Reflect.get(target, verb, target),
    });
    const view = new Proxy(storage, {
      get: (target, name) => {
        if (name === 'heads') return heads;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    const reader = await Infinitree.open(Garden, { backend: view, key, readonly: true });
    const commits = reader.watch({ intervalMs: 0 });
    await plantNext(writer);
    expect(await next(commits)).toBe('plant 1');
    putBack = true;
    expect(await codeOf(() => commits.next())).toBe(code('ROLLBACK'));
  });

  test('is refused at the call with options that mean nothing, or once the tree is closed', async () => {
    const { reader } = await scene();
    for (const intervalMs of [-1, Number.NaN, 2 ** 31, '5' as never]) {
      expect(await codeOf(() => void reader.watch({ intervalMs }))).toBe(code('INVALID_ARGUMENT'));
    }
    await reader.close();
    expect(await codeOf(() => void reader.watch())).toBe(code('CLOSED'));
  });
});
