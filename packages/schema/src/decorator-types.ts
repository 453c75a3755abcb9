import type { AnyField } from '@infinitree/core';

/**
 * The types of decorators that serve both dialects. Each has one signature a dialect, and TypeScript picks by the
 * arguments: `(prototype, name)` under `experimentalDecorators`, `(undefined, context)` otherwise. Two sets of
 * decorators were rejected: who switches dialect would have to change every import.
 */

/** The fields that can have a strategy: those with values. A set has keys alone. */
export type StoredByStrategy = AnyField<'map'> | AnyField<'list'>;

type PropertyContext<This, Value> = ClassFieldDecoratorContext<This, Value> & {
  readonly static: false;
  readonly private: false;
  readonly name: string;
};

/** Decorates any property. */
export interface FieldDecorator {
  (target: object, property: string): void;
  <This extends object, Value>(value: undefined, context: PropertyContext<This, Value>): void;
}

/** Decorates a property that holds a map or a list; anything else is a compile error. */
export interface StrategyDecorator {
  // The type of the property is known through the prototype alone, hence the constraint on the target.
  <Property extends string>(target: { readonly [P in Property]: StoredByStrategy }, property: Property): void;
  <This extends object, Value extends StoredByStrategy>(value: undefined, context: PropertyContext<This, Value>): void;
}

/** Decorates a class whose constructor can be called without arguments, or an abstract one. */
export type IndexDecorator = <Class extends abstract new () => object>(
  target: Class,
  context?: ClassDecoratorContext<Class>,
) => void;

/** A class, as far as this package is concerned. */
export type AnyClass = abstract new (...args: never[]) => object;
