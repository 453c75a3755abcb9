import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Kept {
  readonly decoder: string;
  /** In hex, or the text itself. */
  readonly input: string;
  /** What it did before that was mended. */
  readonly why: string;
}

/** Inputs to begin with: what the vectors of the format hold, and what was kept of earlier runs. */
export class Seeds {
  readonly #root: string;
  readonly #kept: readonly Kept[];

  /** `root`: the folder of the repository. */
  constructor(root: string) {
    this.#root = root;
    this.#kept = JSON.parse(readFileSync(join(root, 'test/fuzz/corpus.json'), 'utf8')) as readonly Kept[];
  }

  /** The member of that name of all vectors of a kind, as bytes; hostile ones too. */
  vectors(kind: string, member = 'bytes'): Uint8Array[] {
    const folder = join(this.#root, 'vectors', kind);
    return readdirSync(folder).map((file) => {
      const { input } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { input: Record<string, string> };
      return fromHex(input[member] ?? '');
    });
  }

  /** What was kept for a decoder of bytes. */
  bytes(decoder: string): Uint8Array[] {
    return this.texts(decoder).map(fromHex);
  }

  texts(decoder: string): string[] {
    return this.#kept.filter((kept) => kept.decoder === decoder).map(({ input }) => input);
  }
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
