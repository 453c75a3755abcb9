import { epochOfHeadId, headIdOfSlot } from '../../crypto/own-ids.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { InfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { isMissingObject } from '../../object/missing.js';
import type { SealedPiece } from '../care/authentic.js';
import type { Owner, Piece, Visitor } from '../care/walk.js';

/** Collects the objects of a state, and of each the pieces that are to be in it. */
export class Reached implements Visitor {
  readonly objects = new Map<ObjectId, SealedPiece[]>();
  /** Those of which no piece is known, and which have to be there all the same. */
  readonly named = new Set<ObjectId>();
  readonly #keys: TreeKeys;
  readonly #onObject: () => void;

  constructor(keys: TreeKeys, onObject: () => void) {
    this.#keys = keys;
    this.#onObject = onObject;
  }

  object(id: ObjectId, owner?: Owner): void {
    if (this.#isHead(id)) return;
    if (owner !== undefined) this.named.add(id);
    if (this.objects.has(id)) return;
    this.objects.set(id, []);
    this.#onObject();
  }

  piece({ object, offset, end, codec, pointer }: Piece): void {
    const pieces = this.objects.get(object);
    // Values that lie in one chunk name it each.
    if (pieces === undefined || pieces.some((piece) => piece.offset === offset && piece.end === end)) return;
    // What was decoded around a tag must not stay in memory for it.
    pieces.push({ offset, end, codec, tag: pointer?.tag.slice(), seal: pointer?.seal?.slice() });
  }

  entries(): void {
    // Nobody asks for their number.
  }

  /** Half a tree is no copy. */
  fault(error: InfinitreeError): void {
    const isGone: boolean = isMissingObject(error);
    if (isGone) throw error;
    throw new InfinitreeError(
      'CORRUPT',
      `${error.message} A damaged tree is not copied. See tree.verify() and tree.repair().`,
      { cause: error },
    );
  }

  /** A value may name one, by mistake or on purpose; in the target it would stand in the place of a head. */
  #isHead(id: ObjectId): boolean {
    const slots = ([0, 1] as const).map((slot) => headIdOfSlot(this.#keys, slot));
    return slots.includes(id) || epochOfHeadId(this.#keys, id) !== undefined;
  }
}
