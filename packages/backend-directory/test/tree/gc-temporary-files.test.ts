import { Infinitree, Key } from '@infinitree/core';
import { DirectoryBackend } from '../../src/directory.js';
import { nodeFiles } from '../../src/node-files.js';
import { createIn, inDirectory, Notes, outcome, put, shown, withBackend } from './scene.js';

const key = Key.random();

test('gc leaves alone what another writer is just writing, however young garbage may be', async () => {
  await inDirectory(async (root) => {
    await withBackend(root, async (backend) => {
      const tree = await createIn(backend, key);
      await put(tree, 'first');
      await tree.close();

      // Held up between the temporary file and its name, while another process collects.
      let collecting = false;
      const link = async (path: string, name: string): Promise<void> => {
        if (!collecting && name.includes('objects')) {
          collecting = true;
          const collector = await Infinitree.open(Notes, { backend, key, takeover: true });
          await collector.gc({ olderThan: 0 });
          await collector.close();
        }
        await nodeFiles.link(path, name);
      };
      const slow = await DirectoryBackend.open(root, { fileSystem: { ...nodeFiles, link }, durability: 'append' });
      const writer = await Infinitree.open(Notes, { backend: slow, key });
      const { error } = await outcome(put(writer, 'second'));
      expect([collecting, error?.code]).toEqual([true, undefined]);
      expect((await shown(root, key)).messages).toEqual(['first', 'second']);
      await writer.close();
      await slow.close();
    });
  });
});
