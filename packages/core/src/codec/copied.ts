/**
 * A private copy of a value that freezing does not protect: it holds a Date, Map, Set or bytes. What is in the box is
 * never handed out; each reader gets a copy of its own.
 */
export class Copied {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}
