import { Pieces } from './pieces.js';

/**
 * A CBOR item, taken apart far enough to be changed and written again; nothing about it is known to be valid. What was
 * parsed is shared by all that is made of it: only copies are changed.
 */
export interface Item {
  major: number;
  /** The low five bits of the head: an argument by itself, or how wide the argument behind it is. */
  info: number;
  argument: bigint;
  /** The content of texts and byte strings; an item where the bytes are CBOR themselves. */
  content?: Uint8Array | Item;
  /** Elements, keys and values in turns, or what is tagged. */
  children?: Item[];
  /** Bytes that are written in place of all this. */
  raw?: Uint8Array;
  /** Where it was parsed, as long as neither it nor anything below has changed. */
  source?: Source;
}

interface Source {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const DEEPEST = 200;

/** The item that these bytes are; `undefined` where they are not one whole item. */
export function parseItem(bytes: Uint8Array): Item | undefined {
  try {
    const parser = new Parser(bytes);
    const item = parser.item(0);
    return parser.at === bytes.length ? item : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function writeItem(item: Item): Uint8Array {
  const pieces = new Pieces();
  write(item, pieces);
  return pieces.joined();
}

/** Sets the argument, in the width that it has, or in the least that holds it. */
export function setArgument(item: Item, argument: bigint): void {
  item.argument = argument;
  const width = item.info < 24 ? 0 : 1 << (item.info - 24);
  const fits = item.info < 24 ? argument < 24n : item.info < 28 && argument < 1n << BigInt(8 * width);
  if (fits && item.info < 24) item.info = Number(argument);
  if (!fits)
    item.info = argument < 24n ? Number(argument) : 24 + [8n, 16n, 32n].filter((n) => argument >> n > 0n).length;
}

/** All items of a tree, the root first, and for each the place of what holds it. */
export class Items {
  readonly all: Item[] = [];
  readonly #holders: number[] = [];

  constructor(root: Item) {
    this.#add(root, -1);
  }

  #add(item: Item, holder: number): void {
    const at = this.all.length;
    this.all.push(item);
    this.#holders.push(holder);
    for (const child of item.children ?? []) this.#add(child, at);
    if (item.content !== undefined && 'major' in item.content) this.#add(item.content, at);
  }

  /** A copy of the tree in which one item, and all that hold it, may be changed. */
  copyAt(at: number): { readonly root: Item; readonly item: Item; readonly parent: Item | undefined } {
    const item = changeable(this.all[at]!);
    let [root, parent]: [Item, Item | undefined] = [item, undefined];
    for (let below = at, holder = this.#holders[at]!; holder >= 0; below = holder, holder = this.#holders[holder]!) {
      const copy = changeable(this.all[holder]!);
      if (copy.content === this.all[below]) copy.content = root;
      else copy.children![childIn(this.#holders, holder, below)] = root;
      if (below === at && copy.content !== root) parent = copy;
      root = copy;
    }
    return { root, item, parent };
  }
}

/** The how-manieth child of its holder an item is. The same one may be there more than once. */
function childIn(holders: readonly number[], holder: number, at: number): number {
  let number = 0;
  for (let before = holder + 1; before < at; before++) if (holders[before] === holder) number += 1;
  return number;
}

function changeable({ source: _, ...item }: Item): Item {
  return item.children === undefined ? item : { ...item, children: [...item.children] };
}

class Parser {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  item(depth: number): Item {
    if (depth > DEEPEST) throw new RangeError('too deep');
    const start = this.at;
    const [head] = this.#take(1) as unknown as [number];
    const item: Item = { major: head >> 5, info: head & 0x1f, argument: 0n };
    if (item.info > 27) throw new RangeError('no width');
    item.argument = BigInt(item.info);
    if (item.info > 23) {
      item.argument = 0n;
      for (const byte of this.#take(1 << (item.info - 24))) item.argument = (item.argument << 8n) | BigInt(byte);
    }
    if (item.major === BYTES || item.major === TEXT) {
      const bytes = this.#take(Number(item.argument));
      item.content = (item.major === BYTES && bytes.length > 1 ? parseItem(bytes) : undefined) ?? bytes;
    }
    const count =
      item.major === ARRAY ? item.argument : item.major === MAP ? 2n * item.argument : BigInt(item.major === TAG);
    if (count > this.#bytes.length - this.at) throw new RangeError('too many');
    if (item.major >= ARRAY && item.major <= TAG) item.children = [];
    for (let i = 0; i < count; i++) item.children?.push(this.item(depth + 1));
    item.source = { bytes: this.#bytes, start, end: this.at };
    return item;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) throw new RangeError('the end');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

function write(item: Item, pieces: Pieces): void {
  const { raw, source, content, children = [] } = item;
  if (raw !== undefined) {
    pieces.add(raw);
    return;
  }
  if (source !== undefined) {
    pieces.add(source.bytes, source.start, source.end);
    return;
  }
  const bytes = content !== undefined && 'major' in content ? writeItem(content) : content;
  if (bytes !== undefined) setArgument(item, BigInt(bytes.length));
  pieces.add(headOf(item));
  if (bytes !== undefined) pieces.add(bytes);
  for (const child of children) write(child, pieces);
}

/** The first byte of an item and its argument. */
export function headOf({ major, info, argument }: Item): Uint8Array {
  const width = info < 24 || info > 27 ? 0 : 1 << (info - 24);
  const bytes = new Uint8Array(1 + width);
  bytes[0] = ((major << 5) | info) & 0xff;
  for (let i = width, rest = argument; i > 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
