import type { Creation } from './creation.js';
import type { FilePort } from './file-port.js';
import type { Folders } from './folders.js';
import type { Guard } from './guard.js';
import type { Layout } from './layout.js';

/** What the parts of one opened directory share. */
export interface Context {
  readonly files: FilePort;
  readonly layout: Layout;
  readonly folders: Folders;
  readonly creation: Creation;
  readonly guard: Guard;
}
