import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InfinitreeError, isInfinitreeError, Key } from '@infinitree/core';
import fc from 'fast-check';
import { credentialsOf, nextOf } from '../../src/crypto/key.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { pattern } from './suites.js';

const refused = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });

/** The error of something that is refused, all of whose texts are looked through. */
function refusal(run: () => unknown): InfinitreeError {
  try {
    run();
  } catch (error) {
    if (isInfinitreeError(error)) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

async function idOf(key: Key): Promise<string> {
  const [credential] = credentialsOf(key);
  return (await credential!.derive(await loadSuite())).keyObjectId(0);
}

describe('the text of a key', () => {
  test('is 14 groups behind a prefix, always the same for one key', () => {
    const text = Key.fromBytes(pattern(32, 1)).toText();
    expect(text).toMatch(/^ITK1(-[0-9A-Z]{4}){14}$/);
    expect(Key.fromBytes(pattern(32, 1)).toText()).toBe(text);
    expect(Key.fromBytes(new Uint8Array(32)).toText()).toBe(`ITK1${'-0000'.repeat(12)}-0007-FE2G`);
  });

  test('gives the key back, however it was typed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const text = Key.fromBytes(bytes).toText();
        for (const typed of [text, text.toLowerCase(), text.replaceAll('-', ' '), `  ${text.replaceAll('-', '')}\n`]) {
          expect(Key.fromText(typed).toBytes()).toEqual(bytes);
        }
        expect(
          Key.fromText(text.slice(0, 5) + text.slice(5).replaceAll('0', 'o').replaceAll('1', 'l')).toBytes(),
        ).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });

  test('tells every digit that was mistyped, and every two that were swapped', () => {
    const text = Key.fromBytes(pattern(32, 3)).toText();
    let told = 0;
    for (let at = 5; at < text.length; at++) {
      const digit = text.charAt(at);
      if (digit === '-') continue;
      for (const other of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
        if (other === digit) continue;
        expect(() => Key.fromText(text.slice(0, at) + other + text.slice(at + 1))).toThrow(refused);
        told += 1;
      }
      const next = text.charAt(at + 1);
      if (next === '-' || next === '' || next === digit) continue;
      expect(() => Key.fromText(text.slice(0, at) + next + digit + text.slice(at + 2))).toThrow(refused);
    }
    expect(told).toBe(56 * 31);
  });

  test('is refused where it is none, and shown nowhere', () => {
    const text = Key.fromBytes(pattern(32, 4)).toText();
    const wrong = [
      '',
      'ITK1-',
      text.slice(4),
      text.slice(0, -1),
      `${text}0`,
      text.replace('ITK1', 'ITK2'),
      `${text.slice(0, -1)}U`,
    ];
    for (const given of [...wrong, undefined, null, 5, pattern(32)] as string[]) {
      const error = refusal(() => Key.fromText(given));
      expect(error.code).toBe('INFINITREE_INVALID_ARGUMENT');
      expect(error.message).not.toContain(text.slice(6, 20));
    }
  });

  test('is there for keys that are made of bytes only', async () => {
    const password = Key.fromCredentials('ada', 'a long enough password');
    const unsupported = expect.objectContaining({ code: 'INFINITREE_UNSUPPORTED' });
    expect(() => password.toText()).toThrow(unsupported);
    expect(() => password.toBytes()).toThrow(unsupported);
    await expect(password.toFile('nowhere')).rejects.toEqual(unsupported);
  });
});

describe('a key in the environment', () => {
  /** Runs with these variables, which are not there before and after. */
  function within(variables: Readonly<Record<string, string>>, run: () => void): void {
    const before = process.env;
    process.env = { ...before, ...variables };
    try {
      run();
    } finally {
      process.env = before;
    }
  }

  test('is read by its name', () => {
    const key = Key.random();
    within({ INFINITREE_KEY: key.toText(), OTHER_KEY: Key.fromBytes(pattern(32)).toText() }, () => {
      expect(Key.fromEnvironment().toBytes()).toEqual(key.toBytes());
      expect(Key.fromEnvironment('OTHER_KEY').toBytes()).toEqual(pattern(32));
    });
  });

  test('is refused where it is missing or wrong, by the name of the variable and not by its content', () => {
    expect(() => Key.fromEnvironment()).toThrow('INFINITREE_KEY is not set');
    within({ OTHER_KEY: 'ITK1-SECRET' }, () => {
      const error = refusal(() => Key.fromEnvironment('OTHER_KEY'));
      expect(error).toEqual(refused);
      expect(error.message).not.toContain('SECRET');
    });
  });
});

describe('a key in a file', () => {
  /** Runs with the path of a file that is not there. */
  async function withPath(run: (path: string, folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'infinitree-key-'));
    try {
      await run(join(folder, 'tree.key'), folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test('is written for its owner alone, and read when it is used', () =>
    withPath(async (path) => {
      const key = Key.random();
      await key.toFile(path);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readFile(path, 'utf8')).toBe(`${key.toText()}\n`);
      expect(await idOf(Key.fromFile(path))).toBe(await idOf(key));
    }));

  test('never takes the place of another file', () =>
    withPath(async (path, folder) => {
      await writeFile(path, 'somebody else');
      await expect(Key.random().toFile(path)).rejects.toEqual(expect.objectContaining({ code: 'INFINITREE_EXISTS' }));
      expect(await readFile(path, 'utf8')).toBe('somebody else');
      const nowhere = Key.random().toFile(join(folder, 'no', 'folder'));
      await expect(nowhere).rejects.toEqual(expect.objectContaining({ code: 'INFINITREE_BACKEND' }));
    }));

  test('is refused where there is none, and may be there the next time', () =>
    withPath(async (path) => {
      const key = Key.fromFile(path);
      await expect(idOf(key)).rejects.toEqual(refused);
      const long = `${Key.random().toText()}${' '.repeat(1000)}`;
      for (const content of ['', 'ITK1-0000', 'x'.repeat(2000), long, Buffer.alloc(40, 0xff)]) {
        await writeFile(path, content);
        await expect(idOf(key)).rejects.toMatchObject({
          code: 'INFINITREE_INVALID_ARGUMENT',
          cause: expect.anything(),
        });
      }
      await writeFile(path, Key.fromBytes(pattern(32)).toText());
      expect(await idOf(key)).toBe(await idOf(Key.fromBytes(pattern(32))));
    }));
});

describe('a key that is being changed', () => {
  test('stands for both, the new one first, and knows which that is', async () => {
    const [old, next] = [Key.fromBytes(pattern(32, 1)), Key.fromBytes(pattern(32, 2))];
    const changing = Key.changing(old, next);
    expect(credentialsOf(changing)).toEqual([...credentialsOf(next), ...credentialsOf(old)]);
    expect([nextOf(changing), nextOf(next), nextOf(old)]).toEqual([next, undefined, undefined]);
    expect(await idOf(changing)).toBe(await idOf(next));
    expect(() => changing.toBytes()).toThrow(expect.objectContaining({ code: 'INFINITREE_UNSUPPORTED' }));
  });

  test('is not changed once more', () => {
    const [old, next, third] = [Key.random(), Key.random(), Key.random()];
    const changing = Key.changing(old, next);
    expect(() => Key.changing(changing, third)).toThrow(refused);
    expect(() => Key.changing(third, changing)).toThrow(refused);
    expect(() => Key.changing('password' as unknown as Key, next)).toThrow(refused);
  });
});

describe('passwords', () => {
  test('that are generated have 125 bits, and no two are alike', () => {
    const passwords = Array.from({ length: 1000 }, () => Key.generatePassword());
    for (const password of passwords) expect(password).toMatch(/^[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){4}$/);
    expect(new Set(passwords).size).toBe(1000);
    // Every place takes every digit.
    for (let at = 0; at < 29; at++) {
      const digits = new Set(passwords.map((password) => password.charAt(at)));
      expect(digits.size).toBe(at % 6 === 5 ? 1 : 32);
    }
  });

  test('are weak below 15 bytes', () => {
    const isWeak = (password: string | Uint8Array) => credentialsOf(Key.fromCredentials('ada', password))[0]?.weak;
    expect(['p', 'x'.repeat(14), 'x'.repeat(15), pattern(14), pattern(15)].map(isWeak)).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(isWeak(Key.generatePassword())).toBe(false);
    expect(credentialsOf(Key.random())[0]?.weak).toBe(false);
  });
});
