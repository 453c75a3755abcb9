import { fromUtf8, toUtf8 } from '../bytes/utf8.js';
import { InfinitreeError } from '../errors.js';
import { nativeFiles } from '../platform/process.js';
import { derive } from './derive.js';
import { fromKeyText, toKeyText } from './key-text.js';
import type { Suite } from './suite.js';

/** Only its owner may read it. */
const MODE = 0o600;
/** More than any text of a key; a larger file is none, and its content must not get far. */
const LARGEST = 1024;

/** What a credential of the key in a file is derived from. Throws `INVALID_ARGUMENT` where there is none. */
export async function primaryKeyInFile(suite: Suite, path: string): Promise<Uint8Array> {
  const files = required();
  let content: Uint8Array;
  try {
    content = await files.readFile(path);
  } catch (cause) {
    throw new InfinitreeError('INVALID_ARGUMENT', `The key file ${path} cannot be read.`, { cause });
  }
  try {
    const text = content.length > LARGEST ? undefined : fromUtf8(content);
    const key = fromKeyText(text);
    const primary = derive(suite, key, 'keyFromBytes');
    key.fill(0);
    return primary;
  } catch (cause) {
    throw new InfinitreeError('INVALID_ARGUMENT', `The file ${path} holds no key such as Key.toFile() writes.`, {
      cause,
    });
  } finally {
    content.fill(0);
  }
}

/** Throws `EXISTS` where there is a file of this path, whatever is in it. */
export async function writeKeyFile(path: string, key: Uint8Array): Promise<void> {
  const files = required();
  try {
    const file = await files.open(path, 'wx', MODE);
    try {
      await file.writeFile(toUtf8(`${toKeyText(key)}\n`));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === 'EEXIST') {
      throw new InfinitreeError('EXISTS', `There is a file ${path} already, which may be somebody's key.`, { cause });
    }
    throw new InfinitreeError('BACKEND', `The key file ${path} cannot be written.`, { cause });
  }
}

function required() {
  const files = nativeFiles();
  if (files !== undefined) return files;
  throw new InfinitreeError('UNSUPPORTED', 'There are no files here. Use Key.fromText() and toText().');
}
