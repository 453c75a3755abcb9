import { concat } from '../../bytes/concat.js';
import { toHex } from '../../bytes/hex.js';
import { openChunk } from '../../crypto/chunk.js';
import { type InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { damagedPlace } from '../../object/missing.js';
import { ObjectReader } from '../../object/object-reader.js';
import { headPaddingDamage, keyObjectPaddingDamage, objectPaddingDamage } from '../../object/padding-check.js';
import type { BoundField } from '../bind.js';
import type { StoredHead } from '../heads/head-store.js';
import { storedKeyObject } from '../keys/stored-key-object.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import type { Snapshot } from '../snapshot.js';
import { Examination, jointly } from './examination.js';
import { type Affected, WHOLE_TREE } from './fault.js';
import { IdSet } from './id-set.js';
import type { VerifyOptions, VerifyReport } from './verify-report.js';
import { type Owner, type Piece, type Visitor, Walk } from './walk.js';

/** One pass over a state: its key object, its heads, and everything that these reach. */
export class Verification {
  readonly #session: Session;
  readonly #options: VerifyOptions;
  readonly #context: ObjectContext;
  /** What is found of the state itself, and what only older heads reach. */
  readonly now: Examination;
  readonly #older: Examination;
  readonly #walk: Walk;
  #target: Examination;
  /** The head that was reported as one that does not open. */
  #unopened: ObjectId | undefined;
  #heads = 0;
  #bytes = 0;
  #done = 0;
  #uncheckedChunks = 0;
  #uncheckedBytes = 0;

  /** `context`: what is read in place of the session's own storage. */
  constructor(session: Session, options: VerifyOptions, context: ObjectContext = session.context) {
    const { readData = false, signal, onProgress } = options;
    this.#session = session;
    this.#context = context;
    this.#options = options;
    const onPiece = (): void => onProgress?.({ done: ++this.#done });
    this.now = new Examination(onPiece);
    this.#older = new Examination(onPiece);
    this.#target = this.now;
    const visitor: Visitor = {
      object: (id, owner) => this.#target.object(id, owner),
      piece: (piece) => this.#piece(piece),
      entries: (count) => this.#target.entries(count),
      fault: (error, owner, where) => this.#target.fault(error, owner, where),
    };
    const reader = new ObjectReader(context, { fresh: true });
    this.#walk = new Walk(context.keys, reader, visitor, { values: readData, signal });
  }

  get missesObjects(): boolean {
    return this.now.missesObjects;
  }

  /** The newest head, or one beside it, does not open. */
  unopened(error: InfinitreeError): void {
    const place = damagedPlace(error);
    this.#unopened = place?.object;
    const part = place?.offset === undefined ? 'head' : 'journal';
    this.now.report({ ...WHOLE_TREE, part }, place ?? {}, error.message);
  }

  async run(state: Snapshot): Promise<void> {
    await this.#walk.state(state);
    await this.#keyObjects(state);
    this.#target = this.#older;
    for (const id of this.#session.heads.standing(state)) {
      const head = await this.#head(id === state.position.id ? this.now : this.#older, id);
      if (head !== undefined && id !== state.position.id) await this.#walk.state(head.snapshot);
    }
    if (this.#options.readData === true) await this.#readAll();
    else await this.#findAll();
  }

  report(fields: readonly BoundField[]): VerifyReport {
    const faults = Object.freeze(this.now.faults(fields));
    const objects = this.#objects().size + this.#heads;
    const entries = this.now.entryCount;
    return Object.freeze({
      ok: faults.length === 0,
      faults,
      olderFaults: Object.freeze(this.#older.faults(fields)),
      checked: Object.freeze({ objects, bytes: this.#bytes - this.#uncheckedBytes, entries }),
      unchecked: Object.freeze({ chunks: this.#uncheckedChunks, bytes: this.#uncheckedBytes }),
    });
  }

  #piece(piece: Piece): void {
    // Read by the walk; values apart are read later, if at all.
    if (piece.pointer === undefined && this.#options.readData !== true) this.#bytes += piece.end - piece.offset;
    this.#target.piece(piece);
  }

  /** The key objects of all keys that may open the tree. */
  async #keyObjects({ care }: Snapshot): Promise<void> {
    for (const entry of care.credentials) if (entry.live) await this.#keyObject(entry);
  }

  async #keyObject(entry: CredentialEntry): Promise<void> {
    const context = this.#context;
    const affected = { ...WHOLE_TREE, part: 'key object' } as const;
    const whose = `of the key ${toHex(entry.id)}`;
    this.#heads += 1;
    const found = await storedKeyObject(this.#session, context, entry, this.#options);
    if (found === undefined) {
      const [id] = entry.keyObjects;
      this.now.report(
        affected,
        { object: id, missing: true },
        `The key object ${id} ${whose} is missing from the storage.`,
      );
      return;
    }
    const { id, bytes, isWhole } = found;
    this.#bytes += bytes.length;
    if (isWhole) this.#padding(this.now, id, keyObjectPaddingDamage(context.keys, id, bytes));
    else this.now.report(affected, { object: id }, `The key object ${id} ${whose} is not what it was.`);
  }

  /** A head as it stands in storage now. An older one may be gone; the newest one was read a moment ago. */
  async #head(examination: Examination, id: ObjectId): Promise<StoredHead | undefined> {
    const context = this.#context;
    const { heads } = this.#session;
    if (id === this.#unopened) return undefined;
    let head: StoredHead | undefined;
    try {
      head = await heads.read(id, this.#options);
    } catch (error) {
      if (!isInfinitreeError(error, 'CORRUPT')) throw error;
      examination.report({ ...WHOLE_TREE, part: 'head' }, damagedPlace(error) ?? {}, error.message);
    }
    if (head === undefined) return undefined;
    const { bytes, image, journal } = head;
    this.#heads += 1;
    this.#bytes += bytes.length;
    if (journal?.continues !== true) this.#padding(examination, id, headPaddingDamage(context, image, bytes, journal));
    else {
      const what = `The journal of head ${id} is damaged at ${journal.end}.`;
      examination.report({ ...WHOLE_TREE, part: 'journal' }, { object: id, offset: journal.end }, what);
    }
    return head;
  }

  /** All that anything refers to. */
  #objects(): IdSet {
    const { now } = this;
    const objects = new IdSet();
    const older = this.#older;
    for (const known of [now.pieces.objects(), older.pieces.objects(), now.named.keys(), older.named.keys()]) {
      for (const id of known) objects.add(id);
    }
    return objects;
  }

  /** Whether all that was not read is there at all. */
  async #findAll(): Promise<void> {
    const missing = this.#objects();
    const slices = new Slices('Verifying the tree', this.#options.signal);
    for await (const id of this.#context.backend.list(this.#options)) {
      // A listing may have no end.
      await slices.pause();
      missing.delete(id);
    }
    for (const id of missing) this.#wholeObject(id, true, `Object ${id} is missing from the storage.`);
  }

  /** Every byte of every object. */
  async #readAll(): Promise<void> {
    const { backend, objectSize } = this.#context;
    const { signal } = this.#options;
    const slices = new Slices('Verifying the tree', signal);
    for (const id of this.#objects()) {
      await slices.pause();
      const bytes = await backend.get(id, { fresh: true, signal });
      if (bytes?.length === objectSize) this.#object(id, bytes);
      else if (bytes === undefined) this.#wholeObject(id, true, `Object ${id} is missing from the storage.`);
      else this.#wholeObject(id, false, `Object ${id} has ${bytes.length} bytes instead of ${objectSize}.`);
    }
  }

  #object(id: ObjectId, bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    const { keys } = this.#context;
    let end = 0;
    for (const examination of [this.now, this.#older]) {
      for (const piece of examination.pieces.of(id)) {
        end = Math.max(end, piece.end);
        if (piece.pointer === undefined || this.#knows(id, piece.offset)) continue;
        if (!keys.readsStorage) {
          this.#uncheckedChunks += 1;
          this.#uncheckedBytes += piece.end - piece.offset;
          continue;
        }
        const { offset, codec, tag, seal } = piece.pointer;
        const place = { kind: 'storage', objectId: id, offset, codec, seal } as const;
        const sealed = concat(bytes.subarray(offset, piece.end), tag);
        if (openChunk(keys, place, sealed) !== undefined) continue;
        const what = `Object ${id} is damaged at ${offset}: its bytes do not carry the right tag.`;
        examination.report(piece.owner, { object: id, offset }, what);
      }
    }
    // Where chunks may be that only values tell of, which were not read, nobody knows where the padding begins.
    if (this.now.named.has(id) || this.#older.named.has(id)) return;
    const examination = this.now.pieces.has(id) ? this.now : this.#older;
    this.#padding(examination, id, objectPaddingDamage(keys, id, bytes, end));
  }

  /** One fault for each field that has something in an object which is not there, or not whole. */
  #wholeObject(id: ObjectId, missing: boolean, message: string): void {
    if (this.#knows(id)) return;
    for (const examination of [this.now, this.#older]) {
      const affected = new Map<string, Owner>();
      const named = examination.named.get(id);
      const owners = [...examination.pieces.of(id)].map(({ owner }) => owner);
      for (const owner of named === undefined ? owners : [...owners, named]) {
        const name = `${owner.part} ${owner.field?.name ?? ''}`;
        const known = affected.get(name);
        affected.set(name, known === undefined ? owner : jointly(known, owner));
      }
      for (const owner of affected.values()) examination.report(owner, { object: id, missing }, message);
    }
  }

  #knows(id: ObjectId, offset?: number): boolean {
    return this.now.knows(id, offset) || this.#older.knows(id, offset);
  }

  #padding(examination: Examination, object: ObjectId, offset: number | undefined): void {
    if (offset === undefined) return;
    const affected: Affected = { ...WHOLE_TREE, part: 'padding' };
    const what = `The bytes of object ${object} from ${offset} on, behind its content, are not those that were written.`;
    examination.report(affected, { object, offset }, what);
  }
}
