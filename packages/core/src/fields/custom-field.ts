import { InfinitreeError } from '../errors.js';
import { type AnyField, type FieldState, kind } from '../index/field-types.js';
import type { FieldStore } from './field-store.js';
import { attachStore, fieldTypeOf, storeOf } from './store-of.js';

/** What stands in records has to stay short, and `:` divides it. */
const NAME = /^[a-z0-9][a-z0-9./@_-]{0,99}$/i;

/** What a {@link CustomField} is made of. */
export interface CustomFieldParts<Inner extends AnyField, Kind extends 'cell' | Inner[typeof kind]> {
  /**
   * Names the type in storage, together with the type of `inner`, so that data of another type are refused and not
   * misread. Never change it. 1 to 100 of the characters `a-z A-Z 0-9 . / @ _ -`, a letter or digit first; begin with
   * something of yours, as in `acme/counter`.
   */
  readonly name: string;
  /**
   * The kind of `inner`: then `tree.get`, `entries` and the like give the entries of `inner`, and a map or list takes a
   * strategy. Or `'cell'`: then the entries are nobody else's business, and the field is loaded as a whole.
   */
  readonly kind: Kind;
  /** A new field, which keeps the data. Nobody else has it. */
  readonly inner: Inner;
}

/**
 * The base of field types of one's own: a field that keeps its data in another one. All that is staged, committed,
 * loaded, refreshed or refused is so by the field inside; the class around it says what the entries mean.
 *
 * What it keeps beside `inner` is not stored, and has to be forgotten when {@link revision} changes.
 *
 * @example
 * class Maximum extends CustomField<VersionedList<number>, 'cell'> {
 *   constructor() {
 *     super({ name: 'acme/maximum', kind: 'cell', inner: new VersionedList() });
 *   }
 *   observe(value: number): void {
 *     this.inner.push(value); // works on a field that is not loaded, too
 *   }
 *   get value(): number {
 *     return Math.max(...this.inner); // throws NOT_LOADED where it is not
 *   }
 * }
 */
export abstract class CustomField<Inner extends AnyField, Kind extends 'cell' | Inner[typeof kind] = Inner[typeof kind]>
  implements AnyField<Kind>
{
  /** The field that keeps the data. */
  protected readonly inner: Inner;
  readonly #kind: Kind;
  readonly #store: FieldStore;

  /** Throws `INVALID_ARGUMENT` for a name that cannot be stored, for what is no field, and for a kind it cannot be of. */
  protected constructor({ name, kind: ownKind, inner }: CustomFieldParts<Inner, Kind>) {
    if (!isName(name)) {
      throw refused('its name is not 1 to 100 of the characters a-z A-Z 0-9 . / @ _ -, a letter or digit first');
    }
    const [type, store] = [fieldTypeOf(inner), storeOf(inner)];
    if (type === undefined || store === undefined) throw refused(`what "${name}" keeps its data in is no field`);
    if (ownKind !== 'cell' && ownKind !== type.kind) {
      throw refused(`"${name}" is a "cell" or, as the field inside, a "${type.kind}", and nothing else`);
    }
    this.inner = inner;
    this.#kind = ownKind;
    this.#store = store;
    attachStore(this, { kind: ownKind, storedName: `${name}:${type.storedName}` }, store);
  }

  get [kind](): Kind {
    return this.#kind;
  }

  get state(): FieldState {
    return this.#store.state;
  }

  /**
   * A number that is another one whenever `inner` may read differently than before, whoever changed it: this program, a
   * load, a refresh. What was computed at one revision is right as long as that lasts.
   */
  protected get revision(): number {
    return this.#store.revision;
  }
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && NAME.test(name);
}

function refused(why: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `This cannot be a custom field: ${why}.`);
}
