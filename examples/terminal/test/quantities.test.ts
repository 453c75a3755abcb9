import { formatBytes, formatCount, formatDuration } from '@infinitree/example-terminal';

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.00 kB'],
  [12_345, '12.3 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [4_194_304, '4.19 MB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.123, '0.12 ms'],
  [9.999, '10.0 ms'],
  [840.4, '840 ms'],
  [999.7, '1.00 s'],
  [12_345, '12.3 s'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('counts have their thousands apart', () => {
  expect(formatCount(200_000)).toBe('200,000');
});
