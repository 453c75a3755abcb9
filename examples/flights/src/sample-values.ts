import { readFlights } from './read-flights.js';

/** Values to compare strategies with. Their keys are their places. */
export interface Values {
  readonly name: string;
  readonly values: readonly unknown[];
}

export async function flightValues(): Promise<Values> {
  const { flights } = await readFlights();
  return { name: '200,000 flights', values: flights.map(([, flight]) => flight) };
}

const WORDS = 'the quick brown fox jumps over a lazy dog while seven old engines hum along some narrow river'.split(
  ' ',
);

/** Texts of random words, the same ones every time; LZ4 makes about half of them. */
export function textValues(name: string, count: number, length: number): Values {
  let state = 1;
  const next = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const text = () => {
    let words = '';
    while (words.length < length) words += `${WORDS[next(WORDS.length)] ?? ''} ${next(1000)} `;
    return words.slice(0, length);
  };
  return { name, values: Array.from({ length: count }, text) };
}
