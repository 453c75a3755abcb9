import { relative, sep } from 'node:path';
import type { FilePort, FileStat, OpenFile, OpenMode } from '../src/file-port.js';
import { nodeFiles } from '../src/node-files.js';

/** What an injected failure looks like: no instance of anything, as errors of another realm are. */
export function systemError(code: string): { code: string; message: string } {
  return { code, message: `${code}: injected` };
}

/** Which operations fail: given the text of one and its number among the recorded ones, the code it fails with. */
export type FailurePlan = (operation: string, n: number) => string | undefined;

/**
 * Writes down every operation as it *ends*, makes those fail that a plan names, and knows which descriptors are open.
 * Temporary names come out as `tmp/1`, `tmp/2`, … in the order in which they are seen.
 */
export class RecordingFiles implements FilePort {
  readonly log: string[] = [];
  plan: FailurePlan = () => undefined;
  /** How many bytes one `write` or `read` takes at most. */
  most = Infinity;
  openFiles = 0;
  /** How many operations have begun and not ended. */
  running = 0;
  began = 0;
  readonly #root: string;
  readonly #inner: FilePort;
  readonly #temporary: string[] = [];

  constructor(root: string, inner: FilePort = nodeFiles) {
    this.#root = root;
    this.#inner = inner;
  }

  /** Forgets what was recorded and begins to count anew. */
  start(plan: FailurePlan = () => undefined): void {
    this.log.length = 0;
    this.#temporary.length = 0;
    this.began = 0;
    this.plan = plan;
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const file = await this.#run(`open ${mode} ${this.#name(path)}`, () => this.#inner.open(path, mode));
    this.openFiles += 1;
    return this.#recording(file, this.#name(path));
  }

  link = (path: string, name: string): Promise<void> =>
    this.#run(`link ${this.#name(path)} ${this.#name(name)}`, () => this.#inner.link(path, name));
  unlink = (path: string): Promise<void> => this.#run(`unlink ${this.#name(path)}`, () => this.#inner.unlink(path));
  mkdir = (path: string): Promise<void> => this.#run(`mkdir ${this.#name(path)}`, () => this.#inner.mkdir(path));
  readdir = (path: string): Promise<string[]> =>
    this.#run(`readdir ${this.#name(path)}`, () => this.#inner.readdir(path));
  syncFolder = (path: string): Promise<void> =>
    this.#run(`syncFolder ${this.#name(path)}`, () => this.#inner.syncFolder(path));
  stat = (path: string): Promise<FileStat> => this.#run(`stat ${this.#name(path)}`, () => this.#inner.stat(path));
  fileSystemType = (path: string): Promise<number | undefined> =>
    this.#run(`statfs ${this.#name(path)}`, () => this.#inner.fileSystemType(path));

  #recording(file: OpenFile, name: string): OpenFile {
    return {
      read: (target, position) =>
        this.#run(`read ${name} ${position}+${Math.min(target.length, this.most)}`, () =>
          file.read(target.subarray(0, this.most), position),
        ),
      write: (bytes, position) =>
        this.#run(`write ${name} ${position}+${Math.min(bytes.length, this.most)}`, async () =>
          this.most === 0 ? 0 : file.write(bytes.subarray(0, this.most), position),
        ),
      stat: () => this.#run(`fstat ${name}`, () => file.stat()),
      sync: () => this.#run(`sync ${name}`, () => file.sync()),
      datasync: () => this.#run(`datasync ${name}`, () => file.datasync()),
      close: async () => {
        // A descriptor is gone after close, also after one that reports an error.
        this.openFiles -= 1;
        await file.close();
        await this.#run(`close ${name}`, async () => {});
      },
    };
  }

  async #run<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const n = this.began++;
    this.running += 1;
    try {
      const code = this.plan(operation, n);
      // Later than at once, so that whoever does not wait for an operation is found out.
      await new Promise((resolve) => setImmediate(resolve));
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a file system of another realm throws
      if (code !== undefined) throw systemError(code);
      return await work();
    } finally {
      this.running -= 1;
      this.log.push(operation);
    }
  }

  #name(path: string): string {
    const name = relative(this.#root, path).split(sep).join('/');
    if (name === '') return '.';
    if (!name.startsWith('tmp/')) return name.replace(/\/([0-9a-f]{4})[0-9a-f]{60}$/, '/$1…');
    if (!this.#temporary.includes(name)) this.#temporary.push(name);
    return `tmp/${this.#temporary.indexOf(name) + 1}`;
  }
}
