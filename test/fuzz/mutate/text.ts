import type { SeededRandom } from '@infinitree/testing';

const CHARACTERS = [
  '',
  '\0',
  '/',
  '..',
  ':',
  '@',
  '?',
  '#',
  '%',
  '%2f',
  '%00',
  '\\',
  '"',
  'g',
  'F',
  '0',
  '\ud800',
  'é',
  '\u{1f600}',
];

/** One to three changes of a text. */
export function mutateText(random: SeededRandom, text: string, other: string): string {
  let result = text;
  for (let left = 1 + random.int(3); left > 0; left--) {
    const at = random.int(result.length + 1);
    const end = at + random.pick([0, 0, 1, 1, 8, result.length]);
    const put = random.pick([
      random.pick(CHARACTERS),
      random.pick(CHARACTERS),
      other.slice(random.int(other.length + 1)),
      result.slice(0, at),
      String.fromCharCode(random.int(0x300)),
      random.pick(CHARACTERS).repeat(random.pick([2, 64, 5000])),
    ]);
    result = (result.slice(0, at) + put + result.slice(end)).slice(0, 20_000);
  }
  return result;
}
