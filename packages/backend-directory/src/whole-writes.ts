import { InfinitreeError } from '@infinitree/core';
import type { OpenFile } from './file-port.js';

/** Writes all of `bytes` from `offset` on. The system may take fewer bytes than it is given: then the rest follows. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const taken = await file.write(done === 0 ? bytes : bytes.subarray(done), offset + done);
    // Neither progress nor an error: a loop that waits for one of them might never end.
    if (taken <= 0) {
      throw new InfinitreeError('BACKEND', `The file system took ${done} of ${bytes.length} bytes and no more.`);
    }
    done += taken;
  }
}
