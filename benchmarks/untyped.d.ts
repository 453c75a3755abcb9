// The parts used of packages that bring no types.

declare module 'hypercore' {
  export default class Hypercore {
    constructor(storage: string, options: { encryptionKey: Buffer });
  }
}

declare module 'hyperbee' {
  import type Hypercore from 'hypercore';

  interface Node {
    key: Buffer;
    value: any;
  }

  export default class Hyperbee {
    constructor(core: Hypercore, options: { keyEncoding: 'binary'; valueEncoding: 'json' });
    ready(): Promise<void>;
    batch(): { put(key: Buffer, value: unknown): Promise<void>; flush(): Promise<void> };
    put(key: Buffer, value: unknown): Promise<void>;
    get(key: Buffer): Promise<Node | null>;
    createReadStream(): AsyncIterable<Node>;
    close(): Promise<void>;
  }
}
