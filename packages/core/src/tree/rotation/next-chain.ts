import type { EpochKeys } from '../../crypto/epoch-keys.js';
import { Secret } from '../../crypto/secret.js';
import { sealStorageSecret } from '../../crypto/storage-secret.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { Label } from '../../format/labels.js';
import type { Clock } from '../../platform/environment.js';
import { type Chain, chainOf } from '../chain.js';
import { conflict, type HeadPlace, UnknownOutcome } from '../heads/head-store.js';
import { keepEarlier } from '../keys/kept-keys.js';
import { BlockStore } from '../read/block-store.js';
import type { DataKeys, EarlierEpoch, EarlierPair, KeyHistory } from '../records/key-history.js';
import { type Care, makeSnapshot, type Snapshot } from '../snapshot.js';
import { unknownHead } from '../write/committer.js';
import { type ComposedHead, composeHead, replacedNow } from '../write/compose-head.js';
import { capped } from '../write/head-room.js';
import type { Resealed } from './reseal-index.js';
import type { RotateOptions } from './rotate-report.js';

/** Bytes of decoded blocks kept while what is too large for a head is folded. */
const BLOCK_BUDGET = 16 * 1024 * 1024;
/** How often a first head is looked for again where another process writes one at the same time. */
const ATTEMPTS = 8;

/** The chain of the next key epoch, as long as it does not count. */
export class NextChain {
  readonly chain: Chain;
  readonly #before: Chain;
  readonly #clock: Clock;
  readonly #options: RotateOptions;

  /** `state`: one of the chain before, for what it has kept of earlier key epochs. */
  constructor(before: Chain, next: TreeKeys, state: Snapshot, clock: Clock, options: RotateOptions) {
    this.#before = before;
    this.#clock = clock;
    this.#options = options;
    this.chain = chainOf({ ...before.context, keys: next });
    keepEarlier(next, this.#historyAt(state), known(before));
  }

  /**
   * The first head, which stands for this state of the chain before. One that stands for it already is taken as it is: another
   * process may be about to name it. One that stands for an earlier state is of no use to anybody, and is written over.
   */
  async first(state: Snapshot, resealed: Resealed): Promise<Snapshot> {
    for (let attempt = 1; ; attempt++) {
      const there = await this.chain.heads.newest(this.#options);
      const order = there === undefined ? -1 : this.#order(there, state);
      // Writing over it would take away what the last head of the chain before may name by now.
      if (order > 0) throw conflict('Another writer has committed.');
      if (there !== undefined && order === 0) return there;
      try {
        return await this.#written(state, resealed, there);
      } catch (error) {
        if (error instanceof UnknownOutcome) throw unknownHead(error);
        if (!isInfinitreeError(error, 'CONFLICT') || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Whether a first head stands for an earlier state than this one (below 0), for this one, or for a later one. */
  #order({ care }: Snapshot, { position }: Snapshot): number {
    const { rotation } = care;
    if (rotation?.stage !== 'first') throw conflict('Another writer has given the tree new keys.');
    return rotation.of.epoch - position.epoch || rotation.of.headSequence - position.headSequence;
  }

  async #written(state: Snapshot, resealed: Resealed, there: Snapshot | undefined): Promise<Snapshot> {
    const { heads } = this.chain;
    const before = state.position;
    let finish: ComposedHead['finish'] = () => state;
    const prepare = async (place: HeadPlace) => {
      const composed = await this.#compose(state, resealed, place, there);
      finish = composed.finish;
      return composed.content;
    };
    const overWhatIsThere = async (current: Snapshot, place: HeadPlace) => {
      if (current !== there) throw conflict('Another writer has committed.');
      return prepare(place);
    };
    const position =
      there === undefined
        ? await heads.begin(before, prepare, this.#options)
        : await heads.replace(there, overWhatIsThere, { ...this.#options, behind: before });
    return finish(position);
  }

  #compose(
    state: Snapshot,
    { base, baseExtent, tail, before }: Resealed,
    place: HeadPlace,
    there: Snapshot | undefined,
  ): Promise<ComposedHead> {
    const { context, reader, heads } = this.chain;
    const { care, position } = state;
    const { epoch, headSequence, hash } = position;
    const older =
      there === undefined || heads.protocol === 'cas' ? [] : [...there.care.olderHeads, there.position.epoch];
    const next: Care = {
      ...care,
      credentials: care.credentials.filter(({ live }) => live),
      olderHeads: older,
      replaced: capped([...care.replaced, ...replacedNow(before, place, this.#clock)], context.objectSize),
      history: this.#historyAt(state),
      rotation: { stage: 'first', of: { epoch, headSequence, hash } },
    };
    const whole = makeSnapshot(position, base, baseExtent, tail, next);
    const blocks = new BlockStore(reader, BLOCK_BUDGET);
    const writeNonce = context.entropy.bytes32().slice(0, 16);
    const tools = { context, reader, blocks, clock: this.#clock };
    return composeHead(tools, whole, { bodies: [], place, writeNonce }, this.#options);
  }

  /** What is kept of earlier key epochs, the one that ends with the state included. */
  #historyAt({ care }: Snapshot): KeyHistory {
    const { keys } = this.#before.context;
    const key = (label: Label) => new Secret(keys.subkey(label).slice());
    const { storage } = keys;
    const ending: EarlierEpoch = {
      keyEpoch: keys.keyEpoch,
      ownKey: key('ownId'),
      applicationKey: key('application'),
      data: {
        storageKey: storage === undefined ? key('storageObject') : undefined,
        storagePair: this.#pairOf(keys),
        paddingKey: key('padding'),
      },
      // Both are known once the chain has ended.
      successor: new Uint8Array(32),
      heads: [],
    };
    const earlier = (care.history?.epochs ?? []).map((epoch) => ({ ...epoch, data: this.#sealedAgain(epoch) }));
    const contentKey = care.history?.contentKey ?? key('contentId');
    return { contentKey, epochs: [...earlier, ending], below: this.#belowAfter(care) };
  }

  /**
   * From which key epoch on storage objects are taken for sealed again. Said before the first of them is, so that whoever takes a key
   * away from then on can say that this does not count.
   */
  #belowAfter({ history }: Care): number | undefined {
    const next = this.#options.policy === 'all' ? this.chain.context.keys.keyEpoch : undefined;
    return history?.below ?? next;
  }

  #sealedAgain({ keyEpoch, data }: EarlierEpoch): DataKeys | undefined {
    if (data?.storagePair === undefined) return data;
    const keys = known(this.#before).find((one) => one.keyEpoch === keyEpoch);
    return { ...data, storagePair: keys && this.#pairOf(keys) };
  }

  /** The storage key pair of a key epoch, sealed to the next one, which only those have who read the tree. */
  #pairOf({ suite, treeId, keyEpoch, storage }: EpochKeys): EarlierPair | undefined {
    const { keys: next, entropy } = this.chain.context;
    if (storage === undefined || next.storage === undefined) return undefined;
    const secret = storage.copySecretKey();
    if (secret === undefined) throw readersOnly();
    const { publicKey } = next.storage;
    const ephemeralSecret = entropy.bytes32(treeId, publicKey, secret);
    const sealed = sealStorageSecret(suite, { treeId, keyEpoch }, publicKey, ephemeralSecret, secret);
    secret.fill(0);
    return { publicKey: storage.publicKey, secret: sealed };
  }
}

/** The keys of a chain, and what is kept of earlier ones. */
function known({ context }: Chain): EpochKeys[] {
  return [context.keys, ...context.keys.earlier];
}

export function readersOnly(): InfinitreeError {
  return new InfinitreeError(
    'UNSUPPORTED',
    'The tree was opened with Key.splitWriter(), and what is to go on to be read takes a key that reads. Open it with ' +
      'Key.splitReader() to give it new keys.',
  );
}
