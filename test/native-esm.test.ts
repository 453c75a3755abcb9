// Without --experimental-vm-modules the transformer falls back to CommonJS silently and every other test still passes.
// This file cannot: CommonJS has no top-level await.
const loaded: unknown = await import('@infinitree/core');

test('tests run as native ES modules', () => {
  expect(loaded).toBeDefined();
  expect(import.meta.url).toMatch(/^file:/);
});
