/** Values by their place, as an array has them. */
export interface ValuesAt<T = unknown> {
  at(index: number): T | undefined;
}

/** The values of a column that was checked and is taken apart still. */
export interface OpenColumn<T = unknown> extends ValuesAt<T> {
  /** The value at one place below the number of those that there are; where it is an object, another one each time. */
  at(index: number): T;
  all(): T[];
}

/** A column of which all values are there. */
export function together<T>(values: T[]): OpenColumn<T> {
  return { at: (index) => values[index] as T, all: () => values };
}

/** The values of a column, all put together when the first of them is asked for, and the same ones each time. */
export class Gathered implements ValuesAt {
  #column: OpenColumn | undefined;
  #values: readonly unknown[] = [];

  constructor(column: OpenColumn) {
    this.#column = column;
  }

  at(index: number): unknown {
    if (this.#column !== undefined) {
      this.#values = this.#column.all();
      this.#column = undefined;
    }
    return this.#values[index];
  }
}
