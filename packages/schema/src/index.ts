// Describes a class as an index of Infinitree: with decorators, of either dialect, or without.
export type { FieldDecorator, IndexDecorator, StoredByStrategy, StrategyDecorator } from './decorator-types.js';
export { defineIndex, type FieldsOf } from './define-index.js';
export { Field, Skip } from './field.js';
export { Index } from './index-decorator.js';
export type { DeclarationOptions, StrategyOptions } from './options.js';
