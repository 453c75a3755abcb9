/** The part of `node:fs/promises` that is used here, written by hand: core compiles without Node's types. */
export interface NativeFiles {
  readFile(path: string): Promise<Uint8Array>;
  open(path: string, flags: 'wx', mode: number): Promise<NativeFile>;
}

export interface NativeFile {
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

interface Host {
  readonly process?: {
    readonly getBuiltinModule?: (name: string) => unknown;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly emitWarning?: (message: string, options: { readonly type: string; readonly code: string }) => void;
  };
}

/** Node's files, `undefined` where there are none. Asked for at run time, as `nativeCrypto` is. */
export function nativeFiles(host: Host = globalThis as Host): NativeFiles | undefined {
  return host.process?.getBuiltinModule?.('node:fs/promises') as NativeFiles | undefined;
}

/** A variable of the process; `undefined` where it is not set, and where there are none. */
export function environmentVariable(name: string, host: Host = globalThis as Host): string | undefined {
  return host.process?.env?.[name];
}

/** Tells the operator of the process something that is no error. */
export function emitWarning(message: string, code: string, host: Host = globalThis as Host): void {
  host.process?.emitWarning?.(message, { type: 'InfinitreeWarning', code });
}
