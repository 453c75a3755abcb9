import { type Declaration, declareInMetadata, declareOnPrototype } from './declarations.js';
import type { AnyClass, FieldDecorator, StrategyDecorator } from './decorator-types.js';
import type { DeclarationOptions, StrategyOptions } from './options.js';
import { classError, className } from './schema-error.js';

const ON_CLASS = '@Field() and @Skip() belong on properties; a class takes @Index().';
const NO_METADATA = 'the compiler gives no metadata to decorators; use defineIndex().';

/**
 * Declares a property as a field that is stored.
 *
 * @example
 * @Field({ name: 'last_time2' }) lastTime = new Serialized(0);
 * @Field({ strategy: 'sparse' }) measurements = new VersionedMap<number, PlantHealth>();
 */
export function Field(options: StrategyOptions): StrategyDecorator;
export function Field(options?: DeclarationOptions): FieldDecorator;
export function Field(...args: unknown[]): FieldDecorator {
  refuseBareUse('@Field()', args, 1);
  const [options = {}] = args;
  return decorator(options);
}

/** Declares a property as never stored: `@Field({ skip: true })`. */
export function Skip(): FieldDecorator;
export function Skip(...args: unknown[]): FieldDecorator {
  refuseBareUse('@Skip()', args, 0);
  return decorator({ skip: true });
}

/** `@Field` without its parentheses would be called as the decorator itself, and declare nothing. */
function refuseBareUse(what: string, args: readonly unknown[], allowed: number): void {
  if (args.length > allowed || typeof args[0] === 'function') {
    throw classError(what, 'it is called first and decorates then; write its parentheses.');
  }
}

function decorator(options: unknown): FieldDecorator {
  const decorate = (target: unknown, where: unknown): void => {
    if (typeof where === 'object' && where !== null) declareStandard(where as DecoratorContext, options);
    else declareLegacy(target as object, where as string | symbol | undefined, options);
  };
  return decorate;
}

function declareStandard(context: DecoratorContext, options: unknown): void {
  if (context.kind === 'class') throw classError(context.name ?? '(anonymous class)', ON_CLASS);
  // What the types promise holds for compilers that implement decorator metadata; some older ones do not.
  const metadata = context.metadata as object | undefined;
  if (metadata === undefined) throw classError(String(context.name), NO_METADATA);
  declareInMetadata(metadata, { property: context.name, options, ...misuse(context.static, context.private) });
}

function declareLegacy(target: object, property: string | symbol | undefined, options: unknown): void {
  // A legacy decorator gets the class itself for the class and for its static members, else the prototype.
  if (typeof target !== 'function') {
    declareOnPrototype(target, { property: property as string | symbol, options });
  } else if (property === undefined) {
    throw classError(className(target as AnyClass), ON_CLASS);
  } else {
    declareOnPrototype((target as AnyClass).prototype as object, { property, options, ...misuse(true, false) });
  }
}

function misuse(isStatic: boolean, isPrivate: boolean): Pick<Declaration, 'misuse'> {
  if (isStatic) return { misuse: 'a static member belongs to no instance and cannot be a field.' };
  if (isPrivate) return { misuse: 'a private name cannot be read from outside of the class and cannot be a field.' };
  return {};
}
