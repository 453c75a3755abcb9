import { formatBytes, MemoryTerminal, Progress } from '@infinitree/example-terminal';

const PLAIN = { NO_COLOR: '1' };

test('a terminal gets a bar, which a line replaces', () => {
  const terminal = new MemoryTerminal({ isTTY: true, env: PLAIN });
  const progress = new Progress(terminal, 1000);
  progress.update(500, 'rows');
  progress.line('done');
  expect(terminal.stderr.text).toBe(`\r\u001b[2K${'█'.repeat(15)}${'·'.repeat(15)} 500/1000 rows\r\u001b[2Kdone\n`);
});

test('amounts are written as wanted', () => {
  const terminal = new MemoryTerminal({ isTTY: true, env: PLAIN });
  new Progress(terminal, 2_500_000, formatBytes).update(1_250_000, 'a.txt');
  expect(terminal.stderr.text).toContain(' 1.25 MB/2.50 MB a.txt');
});

test('of nothing, all is done', () => {
  const terminal = new MemoryTerminal({ isTTY: true, env: PLAIN });
  new Progress(terminal, 0).update(0, 'rows');
  expect(terminal.stderr.text).toContain(`${'█'.repeat(30)} 0/0 rows`);
});

test('a file gets lines only', () => {
  const terminal = new MemoryTerminal();
  const progress = new Progress(terminal, 1000);
  progress.update(500, 'rows');
  progress.line('done');
  expect(terminal.stderr.text).toBe('done\n');
});
