/** Bytes that are handed on and shown nowhere: neither in JSON nor where what holds them is printed. */
export class Secret {
  readonly #bytes: Uint8Array;

  /** Takes the bytes over. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Not to be changed. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  toJSON(): string {
    return '[Secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Secret { [redacted] }';
  }
}
