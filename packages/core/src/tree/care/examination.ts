import type { InfinitreeError } from '../../errors.js';
import type { Segment } from '../../format/extent.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';
import { type DamagedPlace, damagedPlace } from '../../object/missing.js';
import type { BoundField } from '../bind.js';
import { isOwnName } from '../own-name.js';
import type { FieldIdentity } from '../records/commit.js';
import { type Affected, type Fault, type FaultKind, makeFault } from './fault.js';
import { PieceTable } from './piece-table.js';
import type { Owner, Piece, Visitor } from './walk.js';

interface Finding {
  readonly kind: FaultKind;
  readonly affected: Affected;
  readonly place: Partial<DamagedPlace>;
  readonly message: string;
}

/** Collects what a walk comes by: which pieces there are of each object, and all faults. */
export class Examination implements Visitor {
  /** Objects that values refer to which were not read, and the values' owner. */
  readonly named = new Map<ObjectId, Owner>();
  /** The pieces of each object, by place. One that many entries refer to belongs to all of them. */
  readonly pieces = new PieceTable();
  entryCount = 0;
  readonly #findings: Finding[] = [];
  /** Where they are, by object; undefined stands for all of it. */
  readonly #places = new Map<ObjectId, Set<number | undefined>>();
  readonly #onPiece: () => void;
  #named: ReadonlySet<string> | undefined;

  constructor(onPiece: () => void) {
    this.#onPiece = onPiece;
  }

  object(id: ObjectId, owner?: Owner): void {
    // A bare id says of no place that anything should be there.
    if (owner === undefined) return;
    const known = this.named.get(id);
    this.named.set(id, known === undefined ? owner : jointly(known, owner));
  }

  piece(piece: Piece): void {
    const { pieces } = this;
    const known = pieces.find(piece.object, piece.offset);
    if (known !== undefined) {
      pieces.give(known, jointly(pieces.ownerOf(known), piece.owner));
      return;
    }
    this.#onPiece();
    pieces.add(piece);
  }

  entries(count: number): void {
    this.entryCount += count;
  }

  fault(error: InfinitreeError, owner: Owner, where?: Segment): void {
    const place = damagedPlace(error);
    if (place === undefined)
      this.#add({ kind: 'malformed', affected: owner, place: { ...where }, message: error.message });
    else this.report(owner, place, error.message);
  }

  report(affected: Affected, place: Partial<DamagedPlace>, message: string): void {
    this.#add({ kind: place.missing === true ? 'missing' : 'damaged', affected, place, message });
  }

  #add(finding: Finding): void {
    this.#findings.push(finding);
    this.#named = undefined;
    const { object, offset } = finding.place;
    if (object === undefined) return;
    const places = this.#places.get(object) ?? new Set();
    this.#places.set(object, places.add(offset));
  }

  /** Whether anything of an object, or that place of it, was found damaged. */
  knows(object: ObjectId, offset?: number): boolean {
    const places = this.#places.get(object);
    return places !== undefined && (offset === undefined || places.has(offset) || places.has(undefined));
  }

  /** Whether a chunk is damaged, by the place that pointers name. */
  knowsNamed(object: ObjectId, offset: number): boolean {
    if (this.knows(object, offset)) return true;
    this.#named ??= this.#damagedNames();
    return this.#named.has(`${object} ${offset}`);
  }

  #damagedNames(): Set<string> {
    const names = new Set<string>();
    for (const object of this.#places.keys()) {
      for (const { offset, name } of this.pieces.of(object)) {
        if (name && this.knows(object, offset)) names.add(`${toObjectId(name.object)} ${name.offset}`);
      }
    }
    return names;
  }

  /** Whether an object was missing that another state may not need. */
  get missesObjects(): boolean {
    return this.#findings.some(({ place }) => place.missing === true);
  }

  faults(fields: readonly BoundField[]): Fault[] {
    return this.#findings.map(({ kind, affected, place, message }) => {
      const { object, offset } = place;
      const piece = object && offset !== undefined ? this.pieces.find(object, offset) : undefined;
      // Found by the first entry that needs it, it concerns all of them.
      const whole = piece !== undefined && affected.part === 'values' ? this.pieces.ownerOf(piece) : affected;
      return makeFault(kind, whole, place, message, propertyOf(fields, whole.field));
    });
  }
}

/** What is said of two owners of one thing: the field of the class rather than the tree's own. */
export function jointly(a: Owner, b: Owner): Owner {
  const shown = a.field !== undefined && isOwnName(a.field.name) ? b : a;
  const [first, last] = [Math.min(a.first, b.first), Math.max(a.last, b.last)];
  return { ...shown, first, last, entries: a.entries + b.entries };
}

function propertyOf(fields: readonly BoundField[], field: FieldIdentity | undefined): string | undefined {
  return fields.find(({ identity }) => identity.name === field?.name && identity.type === field.type)?.property;
}
