import { wholeTree } from './models.js';
import { KINDS } from './scene.js';
import { MapModel, nameOf, replay } from './tree-model.js';
import { KEYS, NAMES } from './tree-run.js';

test.each(KINDS)(
  'a tree with %s heads does what plain collections do',
  async (heads) => {
    await wholeTree(heads, { minLength: 10, maxLength: 45 }, { numRuns: 60 });
  },
  120_000,
);

test('the model tells replay and order as the contract has them', () => {
  const changes = { cleared: false, ops: new Map([['a', { key: 'a', boxed: { value: 1 } }]]) };
  expect(replay([changes, { cleared: true, ops: new Map() }])).toEqual([]);
  for (const field of NAMES) {
    const model = new MapModel();
    for (const key of [...KEYS[field]].reverse()) model.set(key, nameOf(key));
    expect(model.entries().map(([key]) => key)).toEqual(KEYS[field]);
  }
});
