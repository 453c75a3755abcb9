/** Known not to be there. A symbol, so that it is no value and a lookup allocates nothing. */
export const ABSENT: unique symbol = Symbol('absent');

/** Not known in memory: only storage can tell. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** What a lookup in memory gives: a stored value, {@link ABSENT} or {@link UNKNOWN}. */
export type Known = unknown;
