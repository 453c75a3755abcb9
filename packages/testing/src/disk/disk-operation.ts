/** A file or folder, by its number: names come and go, and a file may have several. */
export type Node = number;

/** What a program asked of a disk. A read asks for nothing that could be lost. */
export type DiskRequest =
  /** A name for a file or folder; `create` and `mkdir` make that as well. */
  | {
      readonly kind: 'create' | 'mkdir' | 'link';
      readonly folder: Node;
      readonly name: string;
      readonly node: Node;
    }
  | { readonly kind: 'unlink'; readonly folder: Node; readonly name: string }
  /** Two changes, of which either may be lost: that of the name it gets, and that of the one it had. */
  | {
      readonly kind: 'rename';
      readonly from: { readonly folder: Node; readonly name: string };
      readonly folder: Node;
      readonly name: string;
      readonly node: Node;
    }
  /** `length`: the file's new length, where the write makes it longer. */
  | {
      readonly kind: 'write';
      readonly node: Node;
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly length: number | undefined;
    }
  | { readonly kind: 'sync' | 'datasync' | 'syncFolder'; readonly node: Node }
  /** The system writes out everything, as it does by itself from time to time. */
  | { readonly kind: 'writeBack' };

/** A request as it was recorded. */
export type DiskOperation = DiskRequest & {
  readonly path: string;
  /** What it was part of, if the disk was told. */
  readonly during: string | undefined;
};

/**
 * What reaches a disk as a whole, or torn, or not at all, each for itself and in any order. `on` is the file or folder
 * whose sync makes it durable: a name belongs to its folder, so that the sync of a file does not cover its name.
 */
export type Effect =
  | { readonly kind: 'name'; readonly on: Node; readonly name: string; readonly node: Node | undefined }
  | { readonly kind: 'length'; readonly on: Node; readonly length: number }
  | { readonly kind: 'data'; readonly on: Node; readonly offset: number; readonly bytes: Uint8Array };

/** What an operation changes; a longer file is two changes, of which either may be lost. */
export function effectsOf(operation: DiskRequest): readonly Effect[] {
  switch (operation.kind) {
    case 'create':
    case 'mkdir':
    case 'link':
      return [{ kind: 'name', on: operation.folder, name: operation.name, node: operation.node }];
    case 'unlink':
      return [{ kind: 'name', on: operation.folder, name: operation.name, node: undefined }];
    case 'rename': {
      const { from, folder, name, node } = operation;
      return [
        { kind: 'name', on: folder, name, node },
        { kind: 'name', on: from.folder, name: from.name, node: undefined },
      ];
    }
    case 'write': {
      const { node: on, offset, bytes, length } = operation;
      const data = { kind: 'data', on, offset, bytes } as const;
      return length === undefined ? [data] : [{ kind: 'length', on, length }, data];
    }
    default:
      return [];
  }
}

/** Whether an effect is durable once the operation is done. */
export function syncs(operation: DiskRequest, { on }: Effect): boolean {
  const { kind } = operation;
  return (
    kind === 'writeBack' || ((kind === 'sync' || kind === 'datasync' || kind === 'syncFolder') && operation.node === on)
  );
}
