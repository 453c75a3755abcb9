// Who may import whom, as data. Type imports count: what a file needs to be understood is what it depends on.

/** One room of `packages/core/src`: what it may import besides itself and `errors.ts`, and the reason. */
export interface RoomRule {
  /** A room (`format`) or one file of a room (`format/ids.ts`). */
  readonly mayImport: readonly string[];
  readonly because: string;
}

const ALL_ROOMS = [
  'bytes',
  'platform',
  'format',
  'codec',
  'crypto',
  'backend',
  'object',
  'index',
  'fields',
  'tree',
] as const;

export const ROOMS: Readonly<Record<string, RoomRule>> = {
  bytes: { mayImport: [], because: 'pure helpers, so that nobody rewrites hex' },
  platform: { mayImport: ['bytes'], because: 'the ports through which the host comes in; they know nothing of trees' },
  format: { mayImport: ['bytes'], because: 'a layout is data: testable without key, clock or disk' },
  codec: {
    mayImport: ['bytes', 'platform'],
    because: 'compression and CBOR can be swapped without touching the layout',
  },
  crypto: {
    mayImport: ['bytes', 'format', 'platform'],
    because: 'the only room that holds a key: an auditor reads one folder',
  },
  backend: {
    mayImport: ['bytes', 'platform', 'format/ids.ts', 'format/limits.ts'],
    because: 'a backend must be unable to read what it stores',
  },
  object: {
    mayImport: ['bytes', 'format', 'codec', 'crypto', 'backend'],
    because: 'the only place where layout, key and backend meet',
  },
  index: { mayImport: [], because: 'plain field records; what decorators write into' },
  fields: {
    mayImport: ['bytes', 'codec', 'index', 'platform/promise.ts'],
    because: 'fields know no keys and no backends',
  },
  tree: { mayImport: ALL_ROOMS, because: 'alone knows time and history' },
};

/** Root files of core that every room may import. */
export const COMMON_FILES: readonly string[] = ['errors.ts'];

/** Packages that may import their siblings; all others know core alone. */
export const MAY_IMPORT_SIBLINGS: readonly string[] = ['cli'];

export const MAX_LINES = 400;

export const REASONS = {
  rootFile: 'a room is below the root files of core; what rooms share lives in a room or in errors.ts',
  commonFile: 'every room imports it, so it stands on nothing',
  unknownRoom: 'every room of core has its row in test/layering/rules.ts',
  barrel: 'a room is imported file by file, so that a reader sees what is used and no cycle hides behind a list',
  leavesPackage: 'a relative path must not reach outside of its own package',
  coreStandsAlone: 'core is below all other packages',
  coreHasNoNode: 'core runs on any platform; what it needs of one comes in through a port',
  coreEntry: "core is used by its public entry '@infinitree/core', so that its inside can change",
  siblings: 'siblings do not import each other: each can be installed, tested and dropped alone',
  cycle: 'files that import each other can only be understood together',
  length: 'one concept per file; split it',
} as const;
