/** A CBOR item, taken apart far enough to be changed and written again; nothing about it is known to be valid. */
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
  const parts: Uint8Array[] = [];
  write(item, parts);
  return new Uint8Array(Buffer.concat(parts));
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

/** All items below and including this one. */
export function itemsOf(item: Item, into: Item[] = []): Item[] {
  into.push(item);
  for (const child of item.children ?? []) itemsOf(child, into);
  if (item.content !== undefined && 'major' in item.content) itemsOf(item.content, into);
  return into;
}

class Parser {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  item(depth: number): Item {
    if (depth > DEEPEST) throw new RangeError('too deep');
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
    return item;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) throw new RangeError('the end');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

function write(item: Item, parts: Uint8Array[]): void {
  const { raw, content, children = [] } = item;
  if (raw !== undefined) {
    parts.push(raw);
    return;
  }
  const bytes = content !== undefined && 'major' in content ? writeItem(content) : content;
  if (bytes !== undefined) setArgument(item, BigInt(bytes.length));
  parts.push(headOf(item));
  if (bytes !== undefined) parts.push(bytes);
  for (const child of children) write(child, parts);
}

/** The first byte of an item and its argument. */
export function headOf({ major, info, argument }: Item): Uint8Array {
  const width = info < 24 || info > 27 ? 0 : 1 << (info - 24);
  const bytes = new Uint8Array(1 + width);
  bytes[0] = ((major << 5) | info) & 0xff;
  for (let i = width, rest = argument; i > 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
