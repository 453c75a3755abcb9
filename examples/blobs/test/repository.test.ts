import { ownFiles } from '../src/repository.js';

test('the files of this repository are its documentation and the sources of its packages', async () => {
  const files = await ownFiles();
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['docs/guide/backends/index.md', 'packages/core/src/index.ts']));
  expect(paths.filter((path) => !/^(docs|packages\/[^/]+\/src)\//.test(path))).toEqual([]);
  expect(files.find(({ path }) => path === 'packages/core/src/index.ts')!.size).toBeGreaterThan(1000);
});
