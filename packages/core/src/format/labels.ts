/**
 * Every label under which one key or identifier is derived from another, each used at one place. Derivation is
 * `HMAC-SHA-256(parent, label ‖ context)`; the label is written as ASCII with a zero byte behind it, so that no label
 * and context can be read as another label and context. `docs/format/cryptography.md` holds the same table.
 */
export const LABELS = {
  /** Id of a key object, from what a credential derives; context: slot (one byte, 0 or 1). */
  keyObjectId: 'infinitree/v1/key-object-id',
  /** Key of a key object's header, from what a credential derives. */
  keyObjectHeader: 'infinitree/v1/key-object-header',
  /** A credential's X25519 secret key, from what it derives, or what that is made of together with an answer. */
  credentialSecret: 'infinitree/v1/credential-secret',
  /** The X25519 secret key of a credential of two stages, from the answer to its question. */
  answeredSecret: 'infinitree/v1/answered-secret',
  /** What a credential of two stages derives all from, from what its finder derives; context: kind (one byte). */
  finder: 'infinitree/v1/finder',
  /** Key of a key object's second header, from a shared secret of X25519. */
  keyObjectSecret: 'infinitree/v1/key-object-secret',
  /** Key of a tree's next secrets, from a shared secret of X25519. */
  nextSecret: 'infinitree/v1/next-secret',
  /** Key from bytes the user holds; context: none. */
  keyFromBytes: 'infinitree/v1/key-from-bytes',

  /** From the root secret: recognises own ids. */
  ownId: 'infinitree/v1/own-id',
  /** From the root secret: ids of heads. */
  headId: 'infinitree/v1/head-id',
  /** From the root secret: hides the epoch in a head's id. */
  headMask: 'infinitree/v1/head-mask',
  /** From the root secret: the headers of heads. */
  headHeader: 'infinitree/v1/head-header',
  /** From the root secret: checkpoints. */
  checkpoint: 'infinitree/v1/checkpoint',
  /** From the root secret: frames of a journal. */
  frame: 'infinitree/v1/frame',
  /** From the root secret: marks of a journal. */
  mark: 'infinitree/v1/mark',
  /** From the root secret: hashes that chain heads and frames. */
  chain: 'infinitree/v1/chain',
  /** From the root secret: authenticates the epoch in a claim's name. */
  claimTag: 'infinitree/v1/claim-tag',
  /** From the root secret: hides the epoch in a claim's name. */
  claimMask: 'infinitree/v1/claim-mask',
  /** From the root secret: index objects. */
  indexObject: 'infinitree/v1/index-object',
  /** From the root secret: storage objects. */
  storageObject: 'infinitree/v1/storage-object',
  /** Key of a storage object of a split tree, from a shared secret of X25519. */
  sealedObject: 'infinitree/v1/sealed-object',
  /** Key of the storage secret of an earlier key epoch, from a shared secret of X25519. */
  storageSecret: 'infinitree/v1/storage-secret',
  /** From the root secret: what fills an object behind its content. */
  padding: 'infinitree/v1/padding',
  /** From the root secret: ids of commits. */
  commitId: 'infinitree/v1/commit-id',
  /** From the root secret: content ids, for deduplication. */
  contentId: 'infinitree/v1/content-id',
  /** From the root secret: keys for what an application encrypts itself; context: the purpose. */
  application: 'infinitree/v1/application',
  /** From the root secret: name of the lock file. */
  lockName: 'infinitree/v1/lock-name',
  /** From the root secret: content of the lock file. */
  lock: 'infinitree/v1/lock',

  /** From the seed of a dropbox: what its worker and the tree's owners share. */
  batchShared: 'infinitree/v1/batch-shared',
  /** From the seed of a dropbox: the seed of its worker's Ed25519 key. */
  batchSigning: 'infinitree/v1/batch-signing',
  /** In front of what a worker signs. */
  batchSignature: 'infinitree/v1/batch-signature',
  /** From what is shared: recognises the ids of batches. */
  batchOwnId: 'infinitree/v1/batch-own-id',
  /** From what is shared: ids of batches. */
  batchId: 'infinitree/v1/batch-id',
  /** From what is shared: hides chain and counter in a batch's id. */
  batchMask: 'infinitree/v1/batch-mask',
  /** From what is shared: the headers of batches. */
  batchHeader: 'infinitree/v1/batch-header',
  /** From what is shared: what fills a batch behind its content. */
  batchPadding: 'infinitree/v1/batch-padding',
  /** Key of a batch's content, from a shared secret of X25519. */
  batchContent: 'infinitree/v1/batch-content',

  /** From a header's key: its encryption. */
  headerEncryption: 'infinitree/v1/header-encryption',
  /** From a header's key: its commitment. */
  headerCommitment: 'infinitree/v1/header-commitment',
  /** Mixes fresh randomness with what hedges it. */
  hedge: 'infinitree/v1/hedge',
} as const;

export type Label = keyof typeof LABELS;
