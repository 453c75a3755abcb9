import type { Key } from '@infinitree/core';

/** What is promised of a key: that it opens the tree, that it opens nothing any more, or neither yet. */
export type Promised = 'opens' | 'may open' | 'opens nothing';

type Keys = ReadonlyMap<Key, Promised>;

/** What was promised of keys, by the number of operations of the disk until then. */
export class PromisedKeys {
  readonly #history: { readonly at: number; readonly keys: Keys }[];

  constructor(keys: Keys) {
    this.#history = [{ at: 0, keys }];
  }

  /** What is promised now, or was when a power cut came. */
  at(boundary = Number.POSITIVE_INFINITY): Keys {
    return (this.#history.findLast(({ at }) => at <= boundary) ?? this.#history[0]!).keys;
  }

  promise(at: number, changes: readonly (readonly [Key, Promised])[]): void {
    this.#history.push({ at, keys: new Map([...this.at(), ...changes]) });
  }
}
