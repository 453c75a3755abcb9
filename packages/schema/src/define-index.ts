import { finalise } from './class-record.js';
import { declarationsOn } from './declarations.js';
import type { AnyClass, StoredByStrategy } from './decorator-types.js';
import type { AnyStrategy, CommonOptions } from './options.js';
import { classError, className, shown } from './schema-error.js';

/** The fields of `T` to be declared, by property. A strategy other than 'local' is for maps and lists. */
export type FieldsOf<T> = {
  [P in keyof T & string]?: CommonOptions & {
    strategy?: T[P] extends StoredByStrategy ? 'local' | 'sparse' | AnyStrategy : 'local';
  };
};

/**
 * Makes a class an index without decorators. Exactly the listed properties are declared, besides what the class
 * inherits: `{}` declares one with the defaults, `{ skip: true }` as never stored.
 *
 * @example
 * defineIndex(Measurements, { lastTime: { name: 'last_time2' }, measurements: { strategy: 'sparse' }, currentTime: { skip: true } });
 */
export function defineIndex<Class extends abstract new () => object>(
  target: Class,
  // eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- empty for `object` itself, not for a class
  fields: FieldsOf<InstanceType<Class>>,
): Class {
  const declared = propertiesOf(target, fields);
  if (declarationsOn(target).length > 0) {
    // Either of the two would have to win, and the other one's fields would silently not be stored.
    throw classError(className(target), 'its fields are declared by decorators; use @Index() or a subclass.');
  }
  finalise(target, declared);
  return target;
}

/** In the order of the object; what the types promise is checked, because plain JavaScript calls this too. */
function propertiesOf(target: unknown, fields: unknown): { property: string | symbol; options: unknown }[] {
  if (typeof target !== 'function' || typeof target.prototype !== 'object') {
    throw classError('defineIndex()', `its first argument must be a class, not ${shown(target)}.`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    const name = className(target as unknown as AnyClass);
    throw classError(name, `the fields given to defineIndex() must be an object, not ${shown(fields)}.`);
  }
  return Reflect.ownKeys(fields).map((property) => ({ property, options: Reflect.get(fields, property) as unknown }));
}
