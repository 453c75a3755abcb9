import { readFlights, toFlight } from '../src/read-flights.js';

test('the data set has 200,000 flights, in the order of their keys', async () => {
  const { flights, size } = await readFlights();
  expect(flights).toHaveLength(200_000);
  expect(size).toBe(9_863_892);
  const inOrder = flights.every(([[minute, row]], i) => row === i && minute >= (flights[i - 1]?.[0][0] ?? 0));
  expect(inOrder).toBe(true);
  expect([flights[0], flights.at(-1)]).toEqual([
    [[0, 0], { delay: 0, distance: 1452 }],
    [[1439, 199_999], { delay: 0, distance: 1452 }],
  ]);
});

test('hours become minutes', () => {
  const row = { delay: -4, distance: 416, time: 7.166666666666667 };
  expect(toFlight(row, 20_000)).toEqual([[430, 20_000], { delay: -4, distance: 416 }]);
});
