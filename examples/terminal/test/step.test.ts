import { MemoryTerminal, step } from '@infinitree/example-terminal';

test('a step prints its title before the work, its lines and its time after it', async () => {
  const terminal = new MemoryTerminal();
  await step(terminal, 'Counting', async () => {
    expect(terminal.stdout.text).toBe('\nCounting\n');
    return ['one', 'two'];
  });
  expect(terminal.stdout.text).toMatch(/^\nCounting\none\ntwo\ntook [\d.]+ m?s\n$/);
});

test('a terminal gets a bold title', async () => {
  const terminal = new MemoryTerminal({ isTTY: true });
  await step(terminal, 'Counting', async () => []);
  expect(terminal.stdout.text).toContain('\u001b[1mCounting\u001b[22m\n');
});
