import type { SeededRandom } from '@infinitree/testing';
import { mutateBytes } from './bytes.js';
import { headOf, type Item, Items, parseItem, setArgument, writeItem } from './cbor-tree.js';
import { oddNumber } from './numbers.js';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const PROTO = bytes('695f5f70726f746f5f5f');

/** Items that decoders stumble over, each whole or begun. */
const ODD_ITEMS: readonly Uint8Array[] = [
  // Simple values, those there are and those there are not; floats of other widths; -0, NaN, infinity.
  ...['f4', 'f5', 'f6', 'f7', 'e0', 'f820', 'f818', 'f93c00', 'fa3f800000', 'ff'].map(bytes),
  ...['fb8000000000000000', 'fb7ff8000000000000', 'fb7ff0000000000000', 'fb7ff0000000000001'].map(bytes),
  // Integers at the borders of widths and of what is exact.
  ...['00', '20', '1affffffff', '3affffffff', '1bffffffffffffffff', '3bffffffffffffffff', '1b0000000000000001'].map(
    bytes,
  ),
  ...['fb4340000000000000', 'fb433fffffffffffff', 'fbc340000000000000', 'fb4202a05f20000000'].map(bytes),
  // Bigints: empty, with leading zeros, of no bytes.
  ...['c240', 'c24100', 'c34101', 'c200', 'c25affffffff'].map(bytes),
  // Indefinite lengths and reserved widths.
  ...['5f4101ff', '7f6161ff', '9f01ff', 'bf616101ff', '1c', '5c', '9d'].map(bytes),
  // Empty ones, and counts that nothing stands behind.
  ...['40', '60', '80', 'a0', '9affffffff', 'baffffffff', '9b7fffffffffffffff', '5b0020000000000000', '7a7fffffff'].map(
    bytes,
  ),
  // Keys that mean something to objects, twice the same key, keys that are no text.
  Buffer.concat([bytes('a1'), PROTO, bytes('a1'), bytes('61780a')]),
  bytes('a2616101616102'),
  bytes('a16b636f6e7374727563746f72a16970726f746f74797065a1617801'),
  bytes('a101f6'),
  Buffer.concat([bytes('d9a00482'), PROTO, bytes('a1617801')]),
  Buffer.concat([bytes('d9a00582'), PROTO, bytes('a1617801')]),
  // Tags: ours around what they do not hold, registered ones, and those that the decoder knows for itself.
  ...['d9a00001', 'd9a001fb7ff8000000000000', 'd9a00280', 'd9a0028101', 'd9a00380', 'd9a0048101', 'd9a006820141ff'].map(
    bytes,
  ),
  ...[
    'd9a006820743010203',
    'd9a006820a40',
    'c074323032302d30312d30315430303a30303a30305a',
    'c100',
    'd81c80',
    'd81d00',
  ].map(bytes),
  ...['d9dfff80', 'd9010280', 'd8408100', 'd9010380', 'd81f00', 'd9dfd8820080', 'da7265636481', 'd9d9f700'].map(bytes),
  // Text that is not UTF-8, overlong or a surrogate.
  ...['61ff', '62c080', '63eda080', '64f4908080', '63efbbbf'].map(bytes),
];

type Change = (random: SeededRandom, item: Item, parent: Item | undefined, other: Item) => void;

const CHANGES: readonly Change[] = [
  odd,
  odd,
  swapMajor,
  swapInfo,
  lie,
  lie,
  borrow,
  remove,
  repeat,
  exchange,
  wrap,
  deepen,
  spoil,
];

/** Inputs are changed again and again, and taken apart once. */
const parsed = new WeakMap<Uint8Array, Items | null>();

function itemsOf(input: Uint8Array): Items | undefined {
  const known = parsed.get(input);
  if (known !== undefined) return known ?? undefined;
  const root = parseItem(input);
  const items = root && new Items(root);
  parsed.set(input, items ?? null);
  return items;
}

/** One to three changes of items; of bytes where they are no CBOR. */
export function mutateCbor(random: SeededRandom, input: Uint8Array, other: Uint8Array): Uint8Array {
  const first = random.int(8) === 0 ? undefined : itemsOf(input);
  if (first === undefined) return mutateBytes(random, input, other);
  const lender = itemsOf(other) ?? first;
  let items = first;
  for (let left = random.int(3); ; left--) {
    const { root, item, parent } = items.copyAt(random.int(items.all.length));
    const lent = random.pick(lender.all);
    random.pick(CHANGES)(random, item, parent, lent);
    if (left === 0) return writeItem(root);
    items = new Items(root);
  }
}

function odd(random: SeededRandom, item: Item): void {
  item.raw = random.pick(ODD_ITEMS);
}

function swapMajor(random: SeededRandom, item: Item): void {
  item.major = random.int(8);
}

function swapInfo(random: SeededRandom, item: Item): void {
  item.raw = headOf({ ...item, info: random.int(32) });
}

/** A count or length that is not that of what follows, or a number that is out of bounds. */
function lie(random: SeededRandom, item: Item): void {
  const changed: Item = { ...item };
  delete changed.content;
  setArgument(changed, oddNumber(random, item.argument, 8));
  const follows = item.content === undefined ? undefined : writeItem(item).subarray(headOf(item).length);
  if (follows === undefined) Object.assign(item, { info: changed.info, argument: changed.argument });
  else item.raw = Buffer.concat([headOf(changed), follows]);
}

function borrow(_: SeededRandom, item: Item, __: Item | undefined, other: Item): void {
  item.raw = writeItem(other);
}

function remove(random: SeededRandom, item: Item, parent: Item | undefined): void {
  const siblings = parent?.children;
  if (parent === undefined || siblings === undefined) return;
  siblings.splice(siblings.indexOf(item), 1);
  recount(random, parent, -1n);
}

function repeat(random: SeededRandom, item: Item, parent: Item | undefined): void {
  const siblings = parent?.children;
  if (parent === undefined || siblings === undefined) return;
  const times = random.pick([1, 1, 1, 2, 20]);
  for (let left = times; left > 0; left--) siblings.splice(siblings.indexOf(item), 0, item);
  recount(random, parent, BigInt(times));
}

function exchange(random: SeededRandom, item: Item, parent: Item | undefined): void {
  const siblings = parent?.children ?? [];
  const other = random.pick([item, ...siblings]);
  const [at, to] = [siblings.indexOf(item), siblings.indexOf(other)];
  if (at >= 0 && to >= 0) [siblings[at], siblings[to]] = [other, item];
}

function wrap(random: SeededRandom, item: Item): void {
  const around = random.pick([
    '81',
    'a16161',
    'd9a000',
    'd9a001',
    'd9a002',
    'd9a003',
    'd9a004',
    'd9a005',
    'c2',
    '82f6',
  ]);
  item.raw = Buffer.concat([bytes(around), writeItem(item)]);
}

function deepen(random: SeededRandom, item: Item): void {
  const depth = random.pick([8, 15, 16, 17, 63, 64, 65, 129, 130, 131, 5000]);
  const level = random.pick(['81', 'a16161', 'd9a00381', 'd9a00282f6']);
  item.raw = Buffer.concat([Buffer.from(level.repeat(depth), 'hex'), writeItem(item)]);
}

function spoil(random: SeededRandom, item: Item, _: Item | undefined, other: Item): void {
  if (item.content instanceof Uint8Array) {
    item.content = mutateBytes(random, item.content, writeItem(other).subarray(0, 64));
  }
}

function recount(random: SeededRandom, parent: Item, change: bigint): void {
  if (random.int(8) === 0) return;
  const count = parent.argument + (parent.major === 5 ? change / 2n : change);
  if (count >= 0n) setArgument(parent, count);
}
