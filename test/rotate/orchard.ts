import { createCipheriv, createHash } from 'node:crypto';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { type Backend, type BlobRef, Infinitree, Key, registerIndex, VersionedMap } from '@infinitree/core';

/** What an application keeps of each picture in its index. */
interface Entry {
  readonly title: string;
  readonly taken: Date;
  readonly size: number;
  readonly tags: readonly string[];
}

/** Values apart, blobs, and an index as an application has one. */
export class Orchard {
  entries = new VersionedMap<number, Entry>();
  pictures = new VersionedMap<number, Uint8Array>();
  films = new VersionedMap<number, BlobRef>();
  notes = new VersionedMap<string, string>();
}
registerIndex(Orchard, {
  fields: [
    { property: 'entries', name: 'entries' },
    { property: 'pictures', name: 'pictures', strategy: 'sparse' },
    { property: 'films', name: 'films' },
    { property: 'notes', name: 'notes' },
  ],
});

export type Tree = Infinitree<Orchard>;

const MEBIBYTE = 2 ** 20;
/** Of each mebibyte one half is pictures, and the other one a film. */
const PICTURES = 8;
const ENTRIES = 30;

/** Where a tree is, and what is in it: of so many mebibytes, by this seed. */
export interface Place {
  readonly folder: string;
  readonly keys: readonly string[];
  readonly mebibytes: number;
  readonly seed: number;
}

export function keyOf({ keys }: Place, nth: number): Key {
  return Key.fromBytes(Buffer.from(keys[nth % keys.length] as string, 'hex'));
}

export interface Opened extends AsyncDisposable {
  readonly tree: Tree;
}

/** Somebody who takes no notice of others. Their clock is ahead, so that what was replaced is old enough to go. */
export async function opened(
  place: Place,
  nth: number,
  aheadMs = 0,
  wrap = (backend: Backend) => backend,
): Promise<Opened> {
  const backend = wrap(await DirectoryBackend.open(place.folder));
  const environment = { clock: { now: () => Date.now() + aheadMs } };
  const tree = await Infinitree.open(Orchard, { backend, key: keyOf(place, nth), takeover: true, environment });
  return {
    tree,
    async [Symbol.asyncDispose]() {
      await tree.close();
      await backend.close();
    },
  };
}

/** Bytes that do not compress, always the same for one name. */
function noise(seed: number, name: string, size: number): Uint8Array {
  const key = createHash('sha256').update(`${seed} ${name}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(new Uint8Array(size));
}

const pictureOf = ({ seed }: Place, id: number): Uint8Array => noise(seed, `picture ${id}`, MEBIBYTE / 2 / PICTURES);
const filmOf = ({ seed }: Place, id: number): Uint8Array => noise(seed, `film ${id}`, MEBIBYTE / 2);

function entryOf({ seed }: Place, id: number): Entry {
  const random = noise(seed, `entry ${id}`, 24);
  const tags = ['tree', 'garden', `year ${random[0]!}`].slice(0, 1 + (random[1]! % 3));
  const title = `Picture ${id} of ${Buffer.from(random.subarray(2, 20)).toString('base64')}`;
  return { title, taken: new Date(1.7e12 + id * 61_000), size: 65_536 + random[3]!, tags };
}

export async function planted(place: Place, objectSize: number): Promise<void> {
  const backend = await DirectoryBackend.open(place.folder);
  const tree = await Infinitree.create(Orchard, { backend, key: keyOf(place, 0), objectSize });
  const { entries, pictures, films } = tree.index;
  for (let at = 0; at < place.mebibytes; at++) {
    for (let i = 0; i < ENTRIES; i++) entries.set(at * ENTRIES + i, entryOf(place, at * ENTRIES + i));
    for (let i = 0; i < PICTURES; i++) pictures.set(at * PICTURES + i, pictureOf(place, at * PICTURES + i));
    films.set(at, await tree.blobs.put(filmOf(place, at)));
    if (at % 16 === 15 || at === place.mebibytes - 1) await tree.commit(`up to ${at}`);
  }
  for (let i = 1; i < place.keys.length; i++) await tree.keys.add(keyOf(place, i));
  await tree.close();
  await backend.close();
}

/** What is not as it was put in, of each `step`th mebibyte. */
export async function differences(tree: Tree, place: Place, step = 1): Promise<string[]> {
  const wrong: string[] = [];
  const compare = (what: string, is: unknown, was: Uint8Array) => {
    if (!(is instanceof Uint8Array) || Buffer.compare(is, was) !== 0) wrong.push(what);
  };
  for (let at = 0; at < place.mebibytes; at += step) {
    for (let id = at * PICTURES; id < (at + 1) * PICTURES; id++) {
      compare(`picture ${id}`, await tree.get('pictures', id), pictureOf(place, id));
    }
    const film = await tree.get('films', at);
    const parts: Uint8Array[] = [];
    if (film !== undefined) for await (const part of tree.blobs.get(film)) parts.push(part);
    compare(`film ${at}`, Buffer.concat(parts), filmOf(place, at));
    for (let id = at * ENTRIES; id < (at + 1) * ENTRIES; id++) {
      const is = JSON.stringify(await tree.get('entries', id));
      if (is !== JSON.stringify(entryOf(place, id))) wrong.push(`entry ${id}`);
    }
  }
  return wrong;
}
