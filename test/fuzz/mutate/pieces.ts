/** Bytes that are put together of pieces of others. Pieces that follow one another in the same bytes are copied at once. */
export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;

  add(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (bytes !== this.#bytes || start !== this.#end) {
      this.#finish();
      [this.#bytes, this.#start] = [bytes as Uint8Array<ArrayBuffer>, start];
    }
    this.#end = end;
  }

  joined(): Uint8Array {
    this.#finish();
    return new Uint8Array(Buffer.concat(this.#pieces));
  }

  #finish(): void {
    if (this.#end > this.#start) this.#pieces.push(this.#bytes.subarray(this.#start, this.#end));
  }
}
