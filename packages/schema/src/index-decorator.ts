import type { InfinitreeError } from '@infinitree/core';
import { finalise } from './class-record.js';
import { declarationsOn } from './declarations.js';
import type { AnyClass, IndexDecorator } from './decorator-types.js';
import { classError, className, shown } from './schema-error.js';

/**
 * Makes a class an index: collects what `@Field()` and `@Skip()` declared on it and on its base classes, checks it and
 * registers it. Without it the class is not known to a tree. Put it first, above all other class decorators: it
 * registers the class it is given, and one above it may yet put another class in its place.
 */
export function Index(): IndexDecorator;
export function Index(...args: unknown[]): IndexDecorator {
  // `@Index` without its parentheses; in the legacy dialect the class would even be replaced by what is returned here.
  if (args.length > 0) throw classError('@Index()', 'it is called first and decorates then; write its parentheses.');
  const decorate = (target: unknown, where: unknown): void => {
    if (typeof where === 'object' && where !== null) decorateStandard(target as AnyClass, where as DecoratorContext);
    else decorateLegacy(target, where as string | symbol | undefined);
  };
  return decorate;
}

function decorateStandard(target: AnyClass, context: DecoratorContext): void {
  if (context.kind !== 'class') throw notAClass(String(context.name));
  const metadata = context.metadata as object | undefined;
  if (metadata === undefined) {
    throw classError(className(target), 'the compiler gives no metadata to decorators; use defineIndex().');
  }
  finalise(target, declarationsOn(target, metadata));
}

function decorateLegacy(target: unknown, where: string | symbol | undefined): void {
  if (where !== undefined) throw notAClass(String(where));
  if (typeof target !== 'function') throw notAClass(shown(target));
  finalise(target as AnyClass, declarationsOn(target as AnyClass));
}

function notAClass(property: string): InfinitreeError {
  return classError(property, '@Index() belongs on the class; a property takes @Field().');
}
