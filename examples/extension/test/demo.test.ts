import { MemoryTerminal } from '@infinitree/example-terminal';
import { demo } from '../src/demo.js';

test('the demo prints what its README shows', async () => {
  const terminal = new MemoryTerminal();
  await demo(terminal);
  const lines = terminal.stdout.text.replaceAll(/[\d.]+ (?:kB|MB) read/g, '<bytes> read').split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('took'))).toEqual([
    'A strategy that puts large values apart',
    '20 thumbnails of 20.0 kB and 3 pictures of 2.50 MB, in one map',
    'Reading without loading',
    '23 keys: <bytes> read',
    'one picture of 2.50 MB: <bytes> read',
    'A counter that two writers increment',
    'one writer committed 300 views, another one 199 at the same time',
    'how much of the counter was in memory meanwhile: none',
    'views, once loaded: 499',
    'What each commit counted',
    'pictures     counted 0',
    '300 views    counted 300',
    '199 views    counted 199',
  ]);
});
