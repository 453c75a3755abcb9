import 'reflect-metadata';
import type { AnyClass } from './decorator-types.js';

// Standard decorators need `Symbol.metadata` before the first decorated class is evaluated: the code that compilers
// emit asks for it, and makes no metadata without. Whoever uses a decorator of this package has evaluated this module
// by then. No engine has the symbol yet; where another polyfill was first, its symbol is used.
const symbols = Symbol as { metadata?: symbol };
symbols.metadata ??= Symbol.for('Symbol.metadata');
const METADATA: symbol = symbols.metadata;

/**
 * What the decorators of a class's properties leave behind until `@Index()` collects it. Nothing is judged before
 * that: a standard field decorator does not know its class, and an error shall name it.
 */
export interface Declaration {
  readonly property: string | symbol;
  /** As the caller gave them, unchecked. */
  readonly options: unknown;
  /** Why this cannot be a field whatever its options are. */
  readonly misuse?: string;
}

/** Private to this package: whoever needs a declared class asks core for its record. */
const DECLARATIONS = Symbol('infinitree.declarations');

/** Leaves a declaration in the metadata object that a standard decorator was given. */
export function declareInMetadata(metadata: object, declaration: Declaration): void {
  const own = declarationsInMetadata(metadata);
  // Defined, not assigned: the object inherits from the metadata of the base class, which must stay as it is.
  Object.defineProperty(metadata, DECLARATIONS, { value: [...own, declaration], configurable: true });
}

/** Leaves a declaration with `reflect-metadata`, on the prototype that a legacy decorator was given. */
export function declareOnPrototype(prototype: object, declaration: Declaration): void {
  Reflect.defineMetadata(DECLARATIONS, [...declarationsOnPrototype(prototype), declaration], prototype);
}

/**
 * All that decorators declared on exactly this class, in order. A class is written in one dialect, so one of the two
 * stores is empty; but its base may come from a package compiled in the other, so each class is asked in both.
 *
 * A class gets its metadata only after its decorators ran, so `@Index()` hands over what its context holds. That is
 * not the metadata of `target` where a decorator below `@Index()` put another class in the place of the first.
 */
export function declarationsOn(target: AnyClass, ofContext?: object): readonly Declaration[] {
  const metadata = new Set([ofContext, ownMetadata(target)].filter((each) => each !== undefined));
  return [...[...metadata].flatMap(declarationsInMetadata), ...declarationsOnPrototype(target.prototype as object)];
}

function declarationsInMetadata(metadata: object): readonly Declaration[] {
  const own = Object.getOwnPropertyDescriptor(metadata, DECLARATIONS);
  return (own?.value as readonly Declaration[] | undefined) ?? [];
}

function declarationsOnPrototype(prototype: object): readonly Declaration[] {
  return (Reflect.getOwnMetadata(DECLARATIONS, prototype) as readonly Declaration[] | undefined) ?? [];
}

/** The metadata that standard decorators left on exactly this class; the constructor inherits that of its base. */
function ownMetadata(target: object): object | undefined {
  return Object.getOwnPropertyDescriptor(target, METADATA)?.value as object | undefined;
}
