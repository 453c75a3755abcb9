import { InfinitreeError } from '../errors.js';
import type { StandardSchema } from '../index/records.js';
import { isPromise } from '../platform/promise.js';

type AnyClass = abstract new (...args: never[]) => object;

/** What the declaration of a field says of its values. */
export interface ShapeOptions {
  readonly property: string;
  readonly schema?: StandardSchema | undefined;
  readonly type?: AnyClass | undefined;
}

/**
 * What a field holds beyond plain data: values that a schema accepts, instances of a class. What is stored of an
 * instance are its own properties; it is made anew of them, without its constructor, when it is read.
 */
export class Shape {
  readonly #property: string;
  readonly #schema: StandardSchema | undefined;
  readonly #type: AnyClass | undefined;
  /** The instances handed out, so that a value is the same object each time it is read. */
  readonly #made = new WeakMap<object, object>();

  constructor({ property, schema, type }: ShapeOptions) {
    this.#property = property;
    this.#schema = schema;
    this.#type = type;
  }

  /** Plain data for what a user hands over. Throws `SCHEMA` for what the field does not hold. */
  take(value: unknown): unknown {
    return this.#toPlain(this.#validated(value));
  }

  /** What a reader gets for plain data that is frozen, or nobody else's. */
  give(plain: unknown, freeze: boolean): unknown {
    if (this.#type === undefined || typeof plain !== 'object' || plain === null) return plain;
    const known = this.#made.get(plain);
    if (known !== undefined) return known;
    // Defined and not assigned: an accessor of the class by the same name would be called.
    const made = Object.create(this.#type.prototype as object, Object.getOwnPropertyDescriptors(plain)) as object;
    if (freeze) Object.freeze(made);
    this.#made.set(plain, made);
    return made;
  }

  /** Plain data for stored data, which may be older than the declaration. Throws `SCHEMA` where they do not fit. */
  check(plain: unknown): unknown {
    if (this.#type !== undefined && (typeof plain !== 'object' || plain === null || Array.isArray(plain))) {
      throw this.#refuse(`what is stored is no object that a ${this.#type.name} could be made of`);
    }
    return this.#schema === undefined ? plain : this.take(this.give(plain, false));
  }

  #validated(value: unknown): unknown {
    if (this.#schema === undefined) return value;
    let result: unknown;
    try {
      result = this.#schema['~standard'].validate(value);
    } catch (cause) {
      throw this.#refuse('its schema failed', cause);
    }
    if (isPromise(result)) {
      // Not to be an unhandled rejection besides.
      Promise.resolve(result).catch(() => undefined);
      throw this.#refuse('its schema is asynchronous, and changes of a field are not. Take a synchronous one');
    }
    const { issues, value: output } = this.#resultOf(result);
    if (issues === undefined) return output;
    const paths = [...new Set(issues.map(pathOf))].join(', ');
    throw this.#refuse(`a value does not fit its schema at ${paths}`);
  }

  /** What a schema has said. Anything but a value or issues would let values through, unseen. */
  #resultOf(result: unknown): { readonly issues?: readonly Issue[] | undefined; readonly value?: unknown } {
    const said = Object(result) as { readonly issues?: unknown; readonly value?: unknown };
    const { issues } = said;
    if (issues === undefined && 'value' in said) return { value: said.value };
    if (Array.isArray(issues) && issues.length > 0 && issues.every(isIssue)) return { issues };
    throw this.#refuse('its schema gives neither a value nor issues');
  }

  #toPlain(value: unknown): unknown {
    const type = this.#type;
    if (type === undefined) return value;
    // A subclass would come back as the class itself.
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== type.prototype) {
      throw this.#refuse(`a value is no instance of ${type.name} itself`);
    }
    return Object.defineProperties({}, Object.getOwnPropertyDescriptors(value));
  }

  #refuse(why: string, cause?: unknown): InfinitreeError {
    return new InfinitreeError(
      'SCHEMA',
      `The field '${this.#property}': ${why}.`,
      cause === undefined ? {} : { cause },
    );
  }
}

/** The part of an issue that is shown. Its message is not: it may hold the value. */
interface Issue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function isIssue(issue: unknown): issue is Issue {
  if (typeof issue !== 'object' || issue === null) return false;
  const { path = [] } = issue as { readonly path?: unknown };
  return Array.isArray(path) && path.every((step) => step !== null && step !== undefined);
}

function pathOf({ path = [] }: Issue): string {
  return ['$', ...path.map((step) => String(typeof step === 'object' ? step.key : step))].join('.');
}
