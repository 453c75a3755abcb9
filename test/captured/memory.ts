import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** Read at a time. */
const PIECE = 16 * 1024 * 1024;

/** How often each of these byte strings stands in the memory of a process. Linux only, and for its own user. */
export function findInMemory(pid: number, wanted: ReadonlyMap<string, Uint8Array>): Map<string, number> {
  const found = new Map([...wanted.keys()].map((name) => [name, 0]));
  const longest = Math.max(...[...wanted.values()].map(({ length }) => length));
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { begin, end } of regions(pid)) {
      let before = Buffer.alloc(0);
      for (let at = begin; at < end; at += BigInt(PIECE)) {
        const piece = read(memory, at, end);
        if (piece === undefined) break;
        const bytes = Buffer.concat([before, piece]);
        for (const [name, secret] of wanted) found.set(name, (found.get(name) ?? 0) + count(bytes, secret));
        before = bytes.subarray(bytes.length - longest + 1);
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

/** Everything that the process can write to. */
function regions(pid: number): { readonly begin: bigint; readonly end: bigint }[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    return begin === undefined || end === undefined ? [] : [{ begin: BigInt(`0x${begin}`), end: BigInt(`0x${end}`) }];
  });
}

/** `undefined` where there is nothing behind the addresses. */
function read(memory: number, at: bigint, end: bigint): Buffer | undefined {
  const piece = Buffer.alloc(Number(end - at < BigInt(PIECE) ? end - at : BigInt(PIECE)));
  try {
    return piece.subarray(0, readSync(memory, piece, 0, piece.length, at));
  } catch {
    return undefined;
  }
}

function count(bytes: Buffer, secret: Uint8Array): number {
  let times = 0;
  for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret, at + 1)) times += 1;
  return times;
}
