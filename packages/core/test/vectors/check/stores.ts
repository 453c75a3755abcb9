import { Key, MemoryBackend } from '@infinitree/core';
import type { ObjectId } from '../../../src/format/ids.js';
import { contentOf, summaryOf } from '../garden.js';
import { bytesOf, type Check, type JsonObject, listOf, textOf, type Vector } from '../vector.js';

const decode = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));

/** The objects of a store, to be changed before they are put into a backend. */
class Store {
  readonly objects: Map<string, Uint8Array>;
  readonly claims: Set<string>;
  readonly #input: JsonObject;

  constructor(input: JsonObject) {
    this.#input = input;
    const objects = Object.entries(input['objects'] as Readonly<Record<string, string>>);
    this.objects = new Map(objects.map(([id, base64]) => [id, decode(base64)]));
    this.claims = new Set(listOf(input, 'claims') as readonly string[]);
  }

  async backend(): Promise<MemoryBackend<'cas' | 'epoch'>> {
    const backend = new MemoryBackend({ heads: textOf(this.#input, 'heads') as 'cas' | 'epoch' });
    for (const [id, bytes] of this.objects) await backend.put(id as ObjectId, bytes);
    const { heads } = backend;
    if ('claim' in heads) for (const name of this.claims) await heads.claim(name as ObjectId);
    return backend;
  }

  damage(change: JsonObject): void {
    const id = change['id'] as string;
    const bytes = this.objects.get(id);
    const number = (name: string) => change[name] as number;
    switch (change['op']) {
      case 'turn':
        this.#existing(bytes)[number('at')]! ^= 1;
        break;
      case 'zero':
        this.#existing(bytes).fill(0, number('from'), number('to'));
        break;
      case 'cut':
        this.objects.set(id, this.#existing(bytes).subarray(0, number('length')));
        break;
      case 'extend':
        this.objects.set(id, Uint8Array.of(...this.#existing(bytes), 0));
        break;
      case 'put':
        this.objects.set(id, decode(textOf(change, 'bytes')));
        break;
      case 'remove':
        this.objects.delete(id);
        break;
      case 'copy':
        this.objects.set(id, this.#existing(this.objects.get(change['from'] as string)).slice());
        break;
      case 'earlier':
        this.objects.set(id, this.#earlier(id));
        break;
      case 'claim':
        this.claims.add(id);
        break;
      case 'drop-claims':
        this.claims.clear();
        break;
      default:
        throw new Error(`There is no damage ${textOf(change, 'op')}.`);
    }
  }

  #existing(bytes: Uint8Array | undefined): Uint8Array {
    if (bytes === undefined) throw new Error('The store has no such object.');
    return bytes;
  }

  /** What a head was two commits before the last one. */
  #earlier(id: string): Uint8Array {
    const earlier = (this.#input['earlier'] as Readonly<Record<string, string>>)[id];
    if (earlier === undefined) throw new Error('The store has no earlier version of that.');
    return decode(earlier);
  }
}

/** A key in the role that it is given in. */
function keyOf(keys: JsonObject): Key {
  const key = Key.fromBytes(bytesOf(keys, 'bytes'));
  if (keys['role'] === undefined) return key;
  return keys['role'] === 'reader' ? Key.splitReader(key) : Key.splitWriter(key);
}

/** `read` gives another vector by its kind and name. */
export function storeChecks(read: (kind: string, name: string) => Vector): Readonly<Record<string, Check>> {
  return {
    store: async ({ keys, input }) => {
      return contentOf(await new Store(input).backend(), keyOf(keys));
    },
    'damaged-store': async ({ keys, input }) => {
      const whole = read('store', textOf(input, 'store'));
      const store = new Store(whole.input);
      for (const change of listOf(input, 'changes') as readonly JsonObject[]) store.damage(change);
      const key = keyOf('bytes' in keys ? keys : whole.keys);
      return summaryOf(await contentOf(await store.backend(), key, input['options'] as JsonObject));
    },
  };
}
