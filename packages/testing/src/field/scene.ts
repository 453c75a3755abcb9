import {
  type AnyField,
  type Backend,
  type FieldRecord,
  type IndexClass,
  type IndexKey,
  Infinitree,
  Key,
  MemoryBackend,
  type OpenOptions,
  registerIndex,
  type VersionedMap,
} from '@infinitree/core';
import type { TestRunner } from '../suite/runner.js';
import { codeOf } from '../suite/samples.js';
import type { AnyOperation, AnyTarget } from './target.js';

/** Small, so that journals are full soon and a few commits reach every form in which data are stored. */
const OBJECT_SIZE = 65_536;

/** An index class whose one property is the field. */
export interface Holder {
  readonly field: AnyField;
}

/** The tree of a holder, as one of a map: to read it by its entries. */
export type MapTree = Infinitree<{ readonly field: VersionedMap<IndexKey, unknown> }>;

/** What a case of the suite is given: one storage, and a field that is opened from it. */
export class FieldScene {
  readonly target: AnyTarget;
  readonly operations: readonly AnyOperation[];
  readonly expect: TestRunner['expect'];
  readonly backend = new MemoryBackend();
  readonly #key: Key;
  /** Only writes to the tree, where that is split. */
  readonly #writer = Key.splitWriter(Key.random());
  readonly #open: Infinitree<Holder>[] = [];

  constructor(target: AnyTarget, expect: TestRunner['expect']) {
    this.target = target;
    this.operations = target.operations;
    this.expect = expect;
    this.#key = target.split === true ? Key.splitReader(Key.random()) : Key.random();
  }

  /** A class with the field, declared as the target says, unless told otherwise. */
  holder(record: Partial<FieldRecord> = {}, make = (): AnyField => this.target.make()): IndexClass<Holder> {
    class OfField implements Holder {
      readonly field = make();
    }
    const { strategy } = this.target;
    registerIndex(OfField, { fields: [{ property: 'field', name: 'stored', strategy, ...record }] });
    return OfField;
  }

  async create(backend: Backend = this.backend): Promise<Infinitree<Holder>> {
    const options = { backend, key: this.#key, objectSize: OBJECT_SIZE };
    return this.#opened(await Infinitree.create(this.holder(), options));
  }

  /** Opens the tree once more; as a further writer if another one has it open. */
  async open(options: Partial<OpenOptions> = {}, holder = this.holder()): Promise<Infinitree<Holder>> {
    const takeover = options.readonly !== true;
    const all = { backend: this.backend, key: this.#key, takeover, ...options };
    return this.#opened(await Infinitree.open(holder, all));
  }

  /** A tree to which operations were applied, one a commit; closed again. Gives the ids of the commits. */
  async prepare(operations: readonly AnyOperation[]): Promise<string[]> {
    const tree = await this.create();
    if (this.target.split === true) return this.#prepareSplit(tree, operations);
    const ids: string[] = [];
    for (const operation of operations) ids.push(...(await this.#commit(tree, operation)));
    await tree.close();
    return ids;
  }

  /** The same by two, of whom one cannot read what it writes. */
  async #prepareSplit(tree: Infinitree<Holder>, operations: readonly AnyOperation[]): Promise<string[]> {
    await tree.keys.add(this.#writer);
    await tree.close();
    const ids: string[] = [];
    for (const operation of operations) {
      const by = await this.open({ key: operation.blind ? this.#writer : this.#key });
      if (!operation.blind) await by.load();
      ids.push(...(await this.#commit(by, operation)));
      await by.close();
    }
    return ids;
  }

  async #commit(tree: Infinitree<Holder>, operation: AnyOperation): Promise<string[]> {
    this.apply(tree.index.field, operation);
    const commit = await tree.commit(operation.name);
    return commit === undefined ? [] : [commit.id];
  }

  /** What the tree holds, as somebody finds it who opens it now. */
  async stored(): Promise<unknown> {
    const tree = await this.open({ readonly: true });
    await tree.load();
    return this.read(tree);
  }

  apply(field: AnyField, operation: AnyOperation): void {
    operation.apply(field, this.target.values());
  }

  read({ index }: { readonly index: Holder }): unknown {
    return this.target.read(index.field);
  }

  /** What the field holds after these operations. */
  model(operations: readonly AnyOperation[], state = this.target.initial): unknown {
    return operations.reduce((before, operation) => operation.model(before, this.target.values()), state);
  }

  /** The short code of what a call throws or rejects with; `'resolved'` where it does not. */
  codeOf(call: () => unknown): Promise<string> {
    return codeOf((async () => call())());
  }

  /** Expects that the field can be neither read nor changed. */
  async expectRefusal({ index }: { readonly index: Holder }, code: string): Promise<void> {
    this.expect(await this.codeOf(() => this.target.read(index.field))).toBe(code);
    await this.expectNoChange({ index }, code);
  }

  async expectNoChange(
    { index }: { readonly index: Holder },
    code: string,
    operations = this.operations,
  ): Promise<void> {
    for (const operation of operations) {
      const found = await this.codeOf(() => this.apply(index.field, operation));
      this.expect([operation.name, found]).toEqual([operation.name, code]);
    }
  }

  async close(): Promise<void> {
    for (const tree of this.#open) await tree.close();
    await this.backend.close();
  }

  #opened(tree: Infinitree<Holder>): Infinitree<Holder> {
    this.#open.push(tree);
    return tree;
  }
}

/** Defines one case, on a storage of its own. */
export type FieldCase = (name: string, body: (scene: FieldScene) => Promise<void>) => void;
