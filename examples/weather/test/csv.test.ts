import { parseWeather, readSeattleWeather } from '../src/csv.js';

const HEADER = 'date,precipitation,temp_max,temp_min,wind,weather';

test('the data set has 1,461 days, each once and in order', async () => {
  const dates = (await readSeattleWeather()).map(([date]) => date);
  expect(dates).toHaveLength(1461);
  expect(dates).toEqual([...new Set(dates)].sort());
  expect([dates[0], dates.at(-1)]).toEqual(['2012-01-01', '2015-12-31']);
});

test('a line becomes a day under its date', () => {
  expect(parseWeather(`${HEADER}\r\n2012-01-02,10.9,10.6,2.8,4.5,rain\r\n`)).toEqual([
    ['2012-01-02', { precipitation: 10.9, temperatureMax: 10.6, temperatureMin: 2.8, wind: 4.5, weather: 'rain' }],
  ]);
});

test.each([
  ['another header', 'date,rain\n', 'first line'],
  ['what is no number', `${HEADER}\n2012-01-02,wet,10.6,2.8,4.5,rain`, 'Line 2 '],
  ['a missing column', `${HEADER}\n2012-01-02,0,10.6,2.8,4.5,rain\n2012-01-03,0,10.6,2.8,4.5`, 'Line 3 '],
  ['an empty column', `${HEADER}\n2012-01-02,,10.6,2.8,4.5,rain`, 'Line 2 '],
  ['what is no date', `${HEADER}\nyesterday,0,10.6,2.8,4.5,rain`, 'Line 2 '],
])('%s is refused', (_, csv, message) => {
  expect(() => parseWeather(csv)).toThrow(message);
});
