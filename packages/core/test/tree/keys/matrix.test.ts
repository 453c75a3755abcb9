// Every kind of key, in everything that a key is for, and in everything that may be wrong with it. What came of it is printed.
import { Infinitree, type Key, MemoryBackend, type OpenOptions, type Timer } from '@infinitree/core';
import { code, codeOf, errorOf, Garden, KINDS, OBJECT_SIZE, plant } from '../scene.js';
import { keyKinds } from './kinds.js';

const kinds = keyKinds();
const NAMES = Object.keys(kinds);
/** What came of each cell, by row and column. */
const cells = new Map<string, Map<string, string>>(NAMES.map((name) => [name, new Map()]));

/** Notes what came of a cell. With both protocols of heads it has to be the same. */
function note(row: string, column: string, outcome: string): void {
  const columns = cells.get(row)!;
  expect([row, column, columns.get(column) ?? outcome]).toEqual([row, column, outcome]);
  columns.set(column, outcome);
}

/** Time is always over. */
const impatient: Timer = {
  after(_, then) {
    queueMicrotask(then);
    return () => undefined;
  },
};

describe.each(KINDS)('%s heads', (heads) => {
  const kindOf = (name: string) => kinds[name]!;

  async function created(key: Key) {
    const backend = new MemoryBackend({ heads });
    const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
    const open = (by: Key, options: Partial<OpenOptions> = {}) =>
      Infinitree.open(Garden, { backend, key: by, ...options });
    const opens = (by: Key, options: Partial<OpenOptions> = {}) =>
      codeOf(async () => (await open(by, { readonly: true, ...options })).close());
    return { backend, tree, open, opens };
  }

  test.each(NAMES)('%s: create, open, commit, open again', async (name) => {
    const { key } = kindOf(name);
    const { tree, open, opens } = await created(key);
    note(name, 'create', 'ok');
    expect(tree.keys.list()).toMatchObject([{ kind: name, current: true }]);
    note(name, 'open', await opens(key));
    tree.index.plants.set(1, plant(1));
    note(name, 'commit', (await tree.commit())?.sequence === 1 ? 'ok' : 'none');
    await tree.close();
    await using again = await open(key);
    await again.load();
    expect(again.index.plants.get(1)).toEqual(plant(1));
    again.index.plants.set(2, plant(2));
    note(name, 'reopen', (await again.commit())?.sequence === 2 ? 'ok' : 'none');
  });

  test.each(NAMES)('%s: reseal to every other kind and back', async (name) => {
    const { key } = kindOf(name);
    for (const other of NAMES.filter((one) => one !== name)) {
      const { tree, open, opens } = await created(key);
      tree.index.plants.set(1, plant(1));
      await tree.commit();
      const next = kindOf(other).key;
      await tree.reseal(next);
      expect(tree.keys.list()).toMatchObject([{ kind: other, current: true }]);
      expect([await opens(key), await opens(next)]).toEqual([code('WRONG_KEY'), 'ok']);
      await tree.close();
      const there = await open(next);
      there.index.plants.set(2, plant(2));
      await there.commit();
      await there.reseal(key);
      expect(there.keys.list()).toMatchObject([{ kind: name, current: true }]);
      expect([await opens(key), await opens(next)]).toEqual(['ok', code('WRONG_KEY')]);
      await there.close();
      await using back = await open(key);
      await back.load();
      expect([...back.index.plants.keys()]).toEqual([1, 2]);
      expect((await back.verify({ readData: true })).faults).toEqual([]);
      note(name, `to ${other}`, 'ok');
    }
  });

  test.each(NAMES)('%s: a wrong key, and a key of another kind', async (name) => {
    const { key, wrong } = kindOf(name);
    const { opens } = await created(key);
    for (const one of wrong) expect(await opens(one)).toBe(code('WRONG_KEY'));
    note(name, 'wrong key', 'WRONG_KEY');
    for (const other of NAMES.filter((one) => one !== name)) {
      expect([other, await opens(kindOf(other).key)]).toEqual([other, code('WRONG_KEY')]);
    }
    note(name, 'wrong kind', 'WRONG_KEY');
    expect(await opens(key)).toBe('ok');
  });

  test.each(NAMES)('%s: nobody there, or somebody who throws, denies, hangs or is called off', async (name) => {
    const { key, asking } = kindOf(name);
    const { backend, tree, opens } = await created(key);
    const signal = AbortSignal.abort();
    note(name, 'aborted', short(await opens(key, { signal })));
    if (asking === undefined) {
      for (const column of ['missing', 'throws', 'denies', 'hangs']) note(name, column, '–');
      return;
    }
    note(name, 'missing', short(await codeOf(() => asking.missing())));
    const other = NAMES.find((one) => one !== name)!;
    const elsewhere = await created(kindOf(other).key);
    /** What a key comes to wherever it is used; it is the same everywhere. */
    const used = async (one: Key, options: Partial<OpenOptions> = {}) => {
      const empty = new MemoryBackend({ heads });
      const errors = await Promise.all(
        [
          () => Infinitree.open(Garden, { backend, key: one, readonly: true, ...options }),
          () => Infinitree.create(Garden, { backend: empty, key: one, ...options }),
          () => Infinitree.openOrCreate(Garden, { backend: empty, key: one, ...options }),
          ...(options.environment === undefined
            ? [() => elsewhere.tree.keys.add(one, options), () => elsewhere.tree.reseal(one, options)]
            : []),
        ].map(errorOf),
      );
      const [first] = errors;
      for (const error of errors) {
        const { code: found, denied, retryable } = first!;
        expect(error).toMatchObject({ code: found, denied, retryable });
      }
      for await (const _ of empty.list()) throw new Error('something was written');
      return first!;
    };
    const thrown = await used(asking.throwing);
    expect(thrown.cause).toBeInstanceOf(TypeError);
    note(name, 'throws', short(thrown.code));
    const denied = await used(asking.denied);
    expect(denied.denied).toBe(true);
    note(name, 'denies', `${short(denied.code)}, denied`);
    const late = await used(asking.hanging, { environment: { timer: impatient } });
    expect(late.retryable).toBe(true);
    note(name, 'hangs', `${short(late.code)}, retryable`);
    const controller = new AbortController();
    const calling = used(asking.hanging, { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    note(name, 'aborted', short((await calling).code));
    // And nothing of it has done any harm.
    expect([await opens(key), await elsewhere.opens(kindOf(other).key)]).toEqual(['ok', 'ok']);
    expect(elsewhere.tree.keys.list()).toMatchObject([{ kind: other, current: true }]);
    await elsewhere.tree.reseal(key);
    await tree.close();
  });
});

function short(long: string): string {
  return long.replace('INFINITREE_', '');
}

const EXPECTED = {
  'one stage': { aborted: 'ABORTED', missing: '–', throws: '–', denies: '–', hangs: '–' },
  'two stages': {
    aborted: 'ABORTED',
    missing: 'INVALID_ARGUMENT',
    throws: 'BACKEND',
    denies: 'BACKEND, denied',
    hangs: 'BACKEND, retryable',
  },
};

test.each(NAMES)('%s: the row is as it should be, and whole', (name) => {
  const row = Object.fromEntries(cells.get(name)!);
  const others = NAMES.filter((one) => one !== name).map((other) => [`to ${other}`, 'ok']);
  expect(row).toEqual({
    ...{ create: 'ok', open: 'ok', commit: 'ok', reopen: 'ok', 'wrong key': 'WRONG_KEY', 'wrong kind': 'WRONG_KEY' },
    ...Object.fromEntries(others),
    ...EXPECTED[kinds[name]!.asking === undefined ? 'one stage' : 'two stages'],
  });
});

afterAll(() => {
  const resealed = NAMES.map((name) => `to ${name}`);
  const wrong = ['wrong key', 'wrong kind', 'missing', 'throws', 'denies', 'hangs', 'aborted'];
  const columns = ['create', 'open', 'commit', 'reopen', ...resealed, ...wrong];
  const lines = columns.map((column) => [column, ...NAMES.map((name) => cells.get(name)!.get(column) ?? '')]);
  const table = [['', ...NAMES], ...lines];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((line) => line[i]!.length)));
  const text = table.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${text.join('\n')}\n\n`);
});
