import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One test of a Wycheproof set, with the members that its kind of set has. */
export interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly [member: string]: unknown;
}

export interface Group {
  readonly tests: readonly Case[];
  readonly [member: string]: unknown;
}

const folder =
  process.env['INFINITREE_WYCHEPROOF'] ?? join(import.meta.dirname, '../../../../../shared/data/wycheproof');

/** Runs `body` over a set, or skips it with a name that says what is missing: the sets are no part of this project. */
export function withVectors(file: string, body: (groups: readonly Group[]) => void): void {
  const path = join(folder, file);
  if (!existsSync(path)) {
    describe.skip(`${file} is not there: set INFINITREE_WYCHEPROOF to a folder that holds it`, () => {
      test('is skipped', () => undefined);
    });
    return;
  }
  describe(file, () => {
    body((JSON.parse(readFileSync(path, 'utf8')) as { testGroups: Group[] }).testGroups);
  });
}

/** The bytes of a member written in hex. */
export function bytesOf(test: Case, member: string): Uint8Array {
  return Uint8Array.from(Buffer.from(String(test[member]), 'hex'));
}
