import { bar, barChart } from '@infinitree/example-terminal';

test('a bar shows eighths of a column', () => {
  expect([0, 1 / 8, 0.5, 1, 2.25].map(bar)).toEqual(['', '▏', '▌', '█', '██▎']);
});

test('bars are scaled to the largest, and negative ones are left out', () => {
  const bars = [
    { label: 'a', value: 4, text: '4' },
    { label: 'bc', value: 1, text: '1' },
    { label: 'd', value: -3, text: '-3' },
  ];
  expect(barChart(bars, 4)).toEqual(['a   ████  4', 'bc  █     1', 'd         -3']);
});

test('only the bars are painted', () => {
  expect(barChart([{ label: 'a', value: 1, text: '1' }], 2, (text) => `<${text}>`)).toEqual(['a  <██>  1']);
});
