import { type FieldRecord, indexRecordOf, registerIndex } from '@infinitree/core';
import { checkName, checkOptions } from './check-options.js';
import { type Declaration, declarationsOn } from './declarations.js';
import type { AnyClass } from './decorator-types.js';
import { classError, className, propertyError } from './schema-error.js';

/**
 * Makes one record of what was declared on a class and what it inherits, and registers it with core. All checks are
 * made here, for every way of declaring: while the class is evaluated, and with class and property in the message.
 */
export function finalise(target: AnyClass, own: readonly Declaration[]): void {
  const fields = fieldsOf(target, own);
  checkUniqueNames(target, fields);
  registerIndex(target, Object.freeze({ fields: Object.freeze(fields) }));
}

/** The inherited records, then the class's own; a property declared again keeps its place and loses its old record. */
function fieldsOf(target: AnyClass, own: readonly Declaration[]): FieldRecord[] {
  const declared = own.map((declaration) => recordOf(target, declaration));
  checkDeclaredOnce(target, declared);
  const fields = new Map(inheritedBy(target).map((field) => [field.property, field]));
  for (const field of declared) fields.set(field.property, field);
  return [...fields.values()];
}

/** A base class is an index of its own, or only carries decorated properties for others to inherit, or is neither. */
function inheritedBy(target: AnyClass): readonly FieldRecord[] {
  const base: unknown = Object.getPrototypeOf(target);
  // Above the last class stands Function.prototype, a function that has no prototype.
  if (typeof base !== 'function' || typeof base.prototype !== 'object') return [];
  const baseClass = base as unknown as AnyClass;
  return indexRecordOf(baseClass)?.fields ?? fieldsOf(baseClass, declarationsOn(baseClass));
}

function recordOf(target: AnyClass, { property, options, misuse }: Declaration): FieldRecord {
  if (misuse !== undefined) throw propertyError(target, property, misuse);
  if (typeof property === 'symbol') {
    throw propertyError(target, property, 'a symbol has no name to store; a field needs a string for its key.');
  }
  if (isOnPrototype(target, property)) {
    throw propertyError(target, property, 'a method or accessor cannot be a field; only a plain property can.');
  }
  const { name = property, ...rest } = checkOptions(target, property, options);
  checkName(target, property, name);
  if (rest.from !== undefined) checkName(target, property, rest.from);
  return Object.freeze({ property, name, ...rest });
}

/**
 * Methods and accessors live on a prototype, fields on the instance. Looked up here rather than told by the decorator:
 * `defineIndex` has none, and legacy decorators are not told. `Object.prototype` is not asked: a field may well be
 * called `toString`.
 */
function isOnPrototype(target: AnyClass, property: string): boolean {
  let prototype = target.prototype as object | null;
  while (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    if (Object.hasOwn(prototype, property)) return true;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return false;
}

function checkDeclaredOnce(target: AnyClass, declared: readonly FieldRecord[]): void {
  const seen = new Set<string>();
  for (const { property } of declared) {
    if (seen.has(property)) {
      throw propertyError(target, property, 'it is declared twice; one @Field() or @Skip() holds all there is to say.');
    }
    seen.add(property);
  }
}

function checkUniqueNames(target: AnyClass, fields: readonly FieldRecord[]): void {
  const owners = new Map<string, string>();
  for (const { property, name } of fields.filter(({ skip }) => skip !== true)) {
    const owner = owners.get(name);
    if (owner !== undefined) {
      const both = `'${owner}' and '${property}' are both stored as ${JSON.stringify(name)}`;
      throw classError(className(target), `${both}; give one of them another name with @Field({ name }).`);
    }
    owners.set(name, property);
  }
}
